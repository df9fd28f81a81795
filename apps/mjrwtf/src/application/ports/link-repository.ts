import type { Link } from '../../domain/link.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { OwnLink } from '../find-own-link.ts'
import type { LinkPage, LinkTotals, LinkWithClicks, ListLinksRequest } from '../list-links.ts'

export interface LinkChanges {
  readonly destination?: string
  readonly expiresAt?: Instant | null
}

/** A link as a visitor meets it. */
export interface VisitedLink extends Link {
  readonly removedAt: Instant | null
}

/**
 * Keeps links. Where a user is named, only that user's links are seen or changed, and removed ones
 * not at all. Rejects with `RepositoryError` only.
 */
export interface LinkRepository {
  /** Adds the link, unless its short code was ever given away: of two at once exactly one answers `true`. */
  add(link: Link): Promise<boolean>
  /** By short code, case and all: expired or removed or not. One read of one index. */
  visit(shortCode: string): Promise<VisitedLink | null>
  findOwn(own: OwnLink): Promise<LinkWithClicks | null>
  list(request: ListLinksRequest): Promise<LinkPage>
  count(ownerId: UserId): Promise<LinkTotals>
  /** `false` when there is no such link. */
  edit(own: OwnLink, changes: LinkChanges): Promise<boolean>
  /** `false` when there is no such link. */
  remove(own: OwnLink, at: Instant): Promise<boolean>
}
