import { minute, second } from './time.ts'

/** A phone number in the format of ITU-T E.164: a plus sign, the country code and the rest, at most 15 digits. */
export type PhoneNumber = string

export type ParsedPhoneNumber =
  | { readonly status: 'valid'; readonly number: PhoneNumber }
  /** `message`: for the user. */
  | { readonly status: 'invalid'; readonly message: string }

const messages = {
  missing: 'Enter a phone number.',
  noCountryCode: 'Start with + and the country code, such as +44 7700 900123.',
  invalid: 'Enter a phone number with only digits after the country code, such as +44 7700 900123.',
  noSubscriber: 'Text messages cannot be sent to this number. Enter the number of a mobile phone.',
} as const

/** Longer text is rejected before it is evaluated. */
const maxLength = 40

/** What is written between digits: spaces, hyphens and dashes, parentheses, dots and slashes. */
const separators = /[\s\p{Pd}().\u2024/]/gu

/**
 * Codes that belong to no country: satellite and international networks, and services with a price of their own (ITU-T
 * E.164 assigned country codes). Fraud with text messages uses them, because they are expensive.
 */
const withoutCountry = /^\+(?:8(?:00|08|70|78|8[1238])|979|991)/

/**
 * Parses a phone number as it is usually written, with a plus sign or 00 before the country code. The country code is
 * required: without one, the number depends on where it is dialed. `(0)` after it is dialed only within the country.
 */
export function parsePhoneNumber(text: string): ParsedPhoneNumber {
  if (text.length > maxLength) return invalid(messages.invalid)
  const compact = text
    .normalize('NFKC')
    .trim()
    .replace(/(?<=\d)(\s*)\(0\)/, '$1')
    .replaceAll(separators, '')
  if (compact === '') return invalid(messages.missing)
  const number = compact.replace(/^00/, '+')
  if (!number.startsWith('+')) return invalid(messages.noCountryCode)
  if (!/^\+[1-9]\d{6,14}$/.test(number)) return invalid(messages.invalid)
  return withoutCountry.test(number) ? invalid(messages.noSubscriber) : { status: 'valid', number }
}

function invalid(message: string): ParsedPhoneNumber {
  return { status: 'invalid', message }
}

/** What a code by text message is for. One for another purpose is wrong. */
export type SmsCodePurpose = 'verify-phone' | 'sign-in' | 'step-up'

/** The limits of a code by text message. Those of sending are in `rateLimits`. */
export const smsCodeLimits = {
  /** SP 800-63B-4 section 3.1.3.2 allows ten minutes. */
  lifetime: 5 * minute,
  /** Guesses per code, of a million. */
  maxAttempts: 5,
  /** Until a code replaces the previous one, so that a double click sends one message. */
  resendDelay: 30 * second,
} as const
