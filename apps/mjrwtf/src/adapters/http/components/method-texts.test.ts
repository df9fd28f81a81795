import { expect, it } from 'vitest'
import { methodsText } from './method-texts.ts'

it.each([
  ['', null],
  ['user', null],
  ['constructor', null],
  ['pwd', 'Password'],
  ['otp pwd', 'Password and one-time code'],
  ['pwd sms', 'Password and code by text message'],
  ['pwd rba', 'Password and trusted browser'],
  ['swk user mfa', 'Passkey'],
  ['swk user pwd', 'Passkey and password'],
  ['pwd otp sms', 'Password, one-time code and code by text message'],
])(
  'methodsText says how a session with the methods "%s" was authenticated: %s',
  (text, expected) => {
    expect(methodsText(text.split(' '))).toBe(expected)
  },
)
