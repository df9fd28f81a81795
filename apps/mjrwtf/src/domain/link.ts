import type { Instant } from './time.ts'
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
export function hasExpired(link: Pick<Link, 'expiresAt'>, now: Instant): boolean {
  return link.expiresAt !== null && now >= link.expiresAt
}
