import type { Instant } from './time.ts'
import type { UserId } from './user.ts'

/** Opaque: 16 random bytes as 22 characters of base64url. */
export type LinkId = string

/** A short code and where it leads. */
export interface Link {
  readonly id: LinkId
  /** 3 to 20 of `A-Za-z0-9_-`; upper and lower case differ. Never given to another link, even after removal. */
  readonly shortCode: string
  /** An absolute http or https URL, as `parseDestination` made it. */
  readonly destination: string
  readonly ownerId: UserId
  readonly createdAt: Instant
  /** From when on it no longer leads anywhere, or `null` for never. */
  readonly expiresAt: Instant | null
}

/** Whether the link has stopped leading anywhere at `now`. */
export function hasExpired(link: Pick<Link, 'expiresAt'>, now: Instant): boolean {
  return link.expiresAt !== null && now >= link.expiresAt
}
