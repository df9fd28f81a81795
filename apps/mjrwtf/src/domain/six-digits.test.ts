import { expect, it } from 'vitest'
import { parseSixDigits } from './six-digits.ts'

const accepted = ['123456', '123 456', ' 12 34 56\n', '123-456', '123\u00a0456', '123\u2013456']

it.each(accepted)('accepts the code %j', (text) => {
  expect(parseSixDigits(text)).toBe('123456')
})

const rejected = [
  '',
  '12345',
  '1234567',
  '12345a',
  '１２３４５６',
  '1e5000',
  '0x1234',
  ' '.repeat(40),
]

it.each([...rejected, `123456${' '.repeat(40)}`])('rejects the text %j', (text) => {
  expect(parseSixDigits(text)).toBeNull()
})
