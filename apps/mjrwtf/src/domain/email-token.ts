import { day, hour, type Milliseconds } from './time.ts'

/** What a mailed token is for. One for the one thing opens nothing of the other. */
export type TokenPurpose = 'verify-email' | 'reset-password'

/**
 * How long tokens hold: an hour for a new password (checklist CS-FP-2), a day to confirm an address, for which
 * somebody may have to wait for a mailbox.
 */
export const tokenLifetimes: Readonly<Record<TokenPurpose | 'change-email', Milliseconds>> = {
  'verify-email': day,
  'reset-password': hour,
  'change-email': day,
}

/** How many tokens of one purpose an account has at once: letters may overtake each other. The oldest give way. */
export const maxActiveTokens = 3

/** Whether a text can be a token at all: 32 bytes as base64url. Only what has this form is looked up. */
export function hasTokenFormat(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}
