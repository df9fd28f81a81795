import { expect, it } from 'vitest'
import { parsePhoneNumber } from './phone.ts'
import { maskPhoneNumber } from './second-factor.ts'

const valid = (number: string) => ({ status: 'valid', number })
const invalid = (part: string) => ({ status: 'invalid', message: expect.stringContaining(part) })

it.each([
  ['+447700900123', '+447700900123'],
  [' +44 7700 900123 ', '+447700900123'],
  ['+44 (0)7700 900-123', '+447700900123'],
  ['0044 7700 900123', '+447700900123'],
  ['+1 (202) 555-0143', '+12025550143'],
  ['+1.202.555.0143', '+12025550143'],
  ['+49\u00a030\u202f23125\u2013000', '+493023125000'],
  [
    '\uff0b\uff14\uff14\uff17\uff17\uff10\uff10\uff19\uff10\uff10\uff11\uff12\uff13',
    '+447700900123',
  ],
  ['+2908000', '+2908000'],
  ['+123456789012345', '+123456789012345'],
])('parses the phone number %s as %s', (text, number) => {
  expect(parsePhoneNumber(text)).toEqual(valid(number))
})

it.each([
  ['', 'Enter a phone number.'],
  [' - ', 'Enter a phone number.'],
  ['07700 900123', 'country code'],
  ['(202) 555-0143', 'country code'],
  ['447700900123', 'country code'],
  ['+0447700900123', 'only digits'],
  ['00 0447700900123', 'only digits'],
  ['+44', 'only digits'],
  ['+44770', 'only digits'],
  ['+1234567890123456', 'only digits'],
  ['+44 7700 900123 ext. 4', 'only digits'],
  ['+44 7700 900123;+44 7700 900124', 'only digits'],
  ['++447700900123', 'only digits'],
  ['+44 7700 \u0669\u0660\u0660123', 'only digits'],
  ['tel:+447700900123', 'country code'],
  [`+44 7700 900123${' '.repeat(40)}`, 'only digits'],
  ['+979 1 2345 6789', 'cannot be sent'],
  ['+881 6 1234 5678', 'cannot be sent'],
  ['+883 5100 1234 567', 'cannot be sent'],
])('rejects the phone number %j with a reason: %s', (text, part) => {
  expect(parsePhoneNumber(text)).toEqual(invalid(part))
})

it('parses a long text of a phone number in linear time', () => {
  expect(parsePhoneNumber('1('.repeat(1_000_000))).toEqual(invalid('only digits'))
})

it('masks all digits of a phone number but the last four', () => {
  expect(maskPhoneNumber('+447700900123')).toBe('•••• 0123')
})
