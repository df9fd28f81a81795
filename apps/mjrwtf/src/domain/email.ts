import { day, hour, type Milliseconds, minute } from './time.ts'

/** RFC 5321 section 4.5.3.1.3, without the angle brackets. */
const maxEmailLength = 254

// U+FFFD replaces invalid bytes, so such an email was damaged in transit.
const emailPattern = /^[^\s@\p{C}\ufffd<>"(),:;[\]\\]{1,64}@[^\s@\p{C}\ufffd<>"(),:;[\]\\]+$/u

/** Parses an email address: trims it, and returns `null` if it is invalid. Only a sent email shows whether it exists. */
export function parseEmail(text: string): string | null {
  const email = text.trim()
  return email.length <= maxEmailLength && emailPattern.test(email) ? email : null
}

/** For text that `parseEmail` rejects. */
export const invalidEmailMessage = 'Enter a valid email address, like name@example.com.'

/** The form for comparing emails: NFC, lower case. Two emails with one key belong to one account (checklist CS-AU-5). */
export function emailKey(email: string): string {
  return email.trim().normalize('NFC').toLowerCase()
}

/**
 * The probable mailbox of an email, for rate limits: without the part after a plus, and with the ASCII domain. Not for
 * identifying accounts.
 */
export function mailboxKey(email: string): string {
  const key = emailKey(email)
  const atIndex = key.lastIndexOf('@')
  const [localPart = ''] = key.slice(0, atIndex).split(/(?<=.)\+/u, 1)
  return `${localPart}@${toAsciiDomain(key.slice(atIndex + 1))}`
}

/** Converts variants such as fullwidth characters and other full stops, which resolve to the same host. */
function toAsciiDomain(domain: string): string {
  const host = URL.parse(`http://${domain}`)?.hostname ?? domain
  return host.replace(/\.$/, '')
}

/** The purpose of an email token. A token is invalid for any other purpose. */
export type TokenPurpose = 'verify-email' | 'reset-password'

/**
 * How long tokens are valid: an hour to reset a password (checklist CS-FP-2), a day to verify an email, because
 * delivery may take long.
 */
export const tokenLifetimes: Readonly<Record<TokenPurpose | 'change-email', Milliseconds>> = {
  'verify-email': day,
  'reset-password': hour,
  'change-email': day,
}

/**
 * When an account receives a reset link that was requested, by anyone: up to three at once, then one every 30
 * minutes. Each is the minimum time between two emails in one of three places. A link works for an hour, so that the
 * mailbox always has one that works for 30 minutes or more, and receives at most 52 a day.
 */
export const resetLinkIntervals: readonly Milliseconds[] = [30 * minute, 12 * hour, 12 * hour]

/** Valid tokens of one purpose per account, because emails may arrive out of order. Further ones evict the oldest. */
export const maxActiveTokens = 3

/** Whether a text has the format of a token: 32 bytes as base64url. Only such texts are looked up. */
export function hasTokenFormat(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}
