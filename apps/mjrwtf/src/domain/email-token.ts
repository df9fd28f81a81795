import { day, hour, type Milliseconds } from './time.ts'

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

/** Valid tokens of one purpose per account, because emails may arrive out of order. Further ones evict the oldest. */
export const maxActiveTokens = 3

/** Whether a text has the format of a token: 32 bytes as base64url. Only such texts are looked up. */
export function hasTokenFormat(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}
