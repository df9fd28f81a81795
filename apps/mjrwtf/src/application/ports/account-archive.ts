import type { Click } from '../../domain/click.ts'
import type { Link, LinkId } from '../../domain/link.ts'
import type { SecurityEvent } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** A link as it is kept, removed or not. */
export interface ArchivedLink extends Link {
  readonly removedAt: Instant | null
  readonly clickCount: number
}

/** How far somebody has read: `null` to begin, else the last of the page before. */
export interface PageCursor<Entry> {
  readonly userId: UserId
  readonly after: Entry | null
  /** At least 1. */
  readonly limit: number
}

/**
 * Reads all that is kept of one person, oldest first, a page at a time. A page shorter than its limit is the
 * last. Each is a statement of its own, so nothing is held between them: what is added meanwhile may be
 * in it or not, and what was there from the start is in it once. Rejects with `RepositoryError` only.
 */
export interface AccountArchive {
  /** The user's links, those that were removed too. */
  links(
    cursor: PageCursor<Pick<ArchivedLink, 'id' | 'createdAt'>>,
  ): Promise<readonly ArchivedLink[]>
  /** Clicks on a link, if it is the user's. */
  clicks(linkId: LinkId, cursor: PageCursor<Click>): Promise<readonly Click[]>
  securityEvents(cursor: PageCursor<SecurityEvent>): Promise<readonly SecurityEvent[]>
}
