import { parseFormInstant } from './parse-instant.ts'
import type { Instant } from './time.ts'

export type ExpiryResult =
  | { readonly status: 'ok'; readonly expiresAt: Instant | null }
  | { readonly status: 'invalid'; readonly message: string }

/** The last instant that both databases and every date picker can hold. */
const maxInstant = Date.UTC(9999, 11, 31)

/** Reads when a link should expire; absent or empty means never. It must lie in the future. */
export function parseExpiry(text: string | null | undefined, now: Instant): ExpiryResult {
  if (text === null || text === undefined || text.trim() === '') {
    return { status: 'ok', expiresAt: null }
  }
  const expiresAt = parseFormInstant(text.trim())
  if (expiresAt === null || expiresAt > maxInstant) {
    return { status: 'invalid', message: 'Use a date and time such as 2030-12-31T23:59:00Z.' }
  }
  if (expiresAt <= now) return { status: 'invalid', message: 'Choose a time in the future.' }
  return { status: 'ok', expiresAt }
}
