import { type Instant, parseFormInstant } from './time.ts'
import type { UserId } from './user.ts'

/** Opaque: 16 random bytes as 22 characters of base64url. */
export type LinkId = string

/** What the owner of a link can change. */
export interface LinkDetails {
  /** An absolute http or https URL, as returned by `parseDestination`. */
  readonly destination: string
  /** The instant from which the link no longer redirects, or `null` for never. */
  readonly expiresAt: Instant | null
}

/** A short code and the URL it redirects to. */
export interface Link extends LinkDetails {
  readonly id: LinkId
  /** 3 to 20 characters of `A-Za-z0-9_-`, case-sensitive. Never assigned to another link, even after removal. */
  readonly shortCode: string
  readonly ownerId: UserId
  readonly createdAt: Instant
}

/** Whether the link no longer redirects at `now`. */
export function isLinkExpired(link: Pick<Link, 'expiresAt'>, now: Instant): boolean {
  return link.expiresAt !== null && now >= link.expiresAt
}

export type ExpiryResult =
  | { readonly status: 'ok'; readonly expiresAt: Instant | null }
  | { readonly status: 'invalid'; readonly message: string }

/** Both databases and all date pickers support this instant. */
const maxInstant = Date.UTC(9999, 11, 31)

/** Parses the expiry of a link: empty for never, otherwise an instant in the future. */
export function parseExpiry(text: string | null | undefined, now: Instant): ExpiryResult {
  if (text === null || text === undefined || text.trim() === '') {
    return { status: 'ok', expiresAt: null }
  }
  const expiresAt = parseFormInstant(text.trim())
  if (expiresAt === null || expiresAt > maxInstant) {
    return {
      status: 'invalid',
      message: 'Enter a valid date and time, such as 2030-12-31T23:59:00Z.',
    }
  }
  if (expiresAt <= now) return { status: 'invalid', message: 'Choose a time in the future.' }
  return { status: 'ok', expiresAt }
}
