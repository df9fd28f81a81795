import type { Click } from '../../domain/click.ts'
import type { Link, LinkId } from '../../domain/link.ts'
import type { LinkEdit } from '../../domain/link-edit.ts'
import type { SecurityEvent } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { ChainContext } from './chain-keys.ts'

/** `others-remain`: the operator cannot be removed while other accounts exist. The account is unchanged. */
export type RemoveAccountResult = 'removed' | 'not-found' | 'others-remain'

/** Removes accounts permanently. Rejects with `RepositoryError` only. */
export interface AccountRepository {
  /**
   * Removes the user and their rows. First those that can be many, in short steps: ended sessions, records of sent
   * notifications and invites. Then the user, active sessions and everything else that is never many, in one short step.
   * From that instant nothing finds the user, nothing can be added to the account, its links do not resolve, and its
   * email is available. Its links, clicks and security events remain for `removeDataBatch`; only a request of the user
   * that is in progress may still read them. Its short codes stay reserved. If two calls race, one returns `removed` and
   * the other `not-found`. If the call rejects, the account still exists, and the first step may have been done; also if
   * it returns `others-remain` because an account was added meanwhile.
   */
  remove(id: UserId): Promise<RemoveAccountResult>
  /**
   * Removes a batch of the data of any removed user, in one short statement. Returns whether there may be more. Several
   * processes may call it at once; what one has locked is left to it. An interruption at any moment loses nothing: the
   * next call continues. Of a security event, the chain keeps its place and hash.
   */
  removeDataBatch(chain: ChainContext): Promise<boolean>
  /** Whether any other account exists. */
  hasOthers(id: UserId): Promise<boolean>
}

/** A link as stored, including a removed one. */
export interface ArchivedLink extends Link {
  readonly removedAt: Instant | null
  readonly clickCount: number
}

/** A code that leads to the link besides its main one. */
export interface FurtherCode {
  readonly linkId: LinkId
  readonly code: string
}

export interface ArchivedEdit extends LinkEdit {
  readonly linkId: LinkId
}

/** Where a page starts: after `after`, the last entry of the page before, or `null` for the first page. */
export interface PageCursor<Entry> {
  readonly userId: UserId
  readonly after: Entry | null
  /** At least 1. */
  readonly limit: number
}

/**
 * Reads all data of one user, oldest first, page by page. A page shorter than its limit is the last. Each page is one
 * statement, so nothing is locked between pages: an entry added during the export may or may not appear, and an entry
 * that existed before appears exactly once. Rejects with `RepositoryError` only.
 */
export interface AccountArchive {
  /** The user's links, including removed ones. */
  links(
    cursor: PageCursor<Pick<ArchivedLink, 'id' | 'createdAt'>>,
  ): Promise<readonly ArchivedLink[]>
  /** Clicks on a link, if the user owns it. */
  clicks(linkId: LinkId, cursor: PageCursor<Click>): Promise<readonly Click[]>
  /** Of those links that the user owns, the codes that redirect besides the main one. */
  codes(linkIds: readonly LinkId[], userId: UserId): Promise<readonly FurtherCode[]>
  /** Of those links that the user owns, the edits that are kept, link by link and oldest first. */
  edits(linkIds: readonly LinkId[], userId: UserId): Promise<readonly ArchivedEdit[]>
  securityEvents(cursor: PageCursor<SecurityEvent>): Promise<readonly SecurityEvent[]>
}
