import type { Link } from '../../domain/link.ts'
import type { LinkChangeKind } from '../../domain/link-change.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { LinkFilter, LinkPlace } from './link-list.ts'
import type { PageStart } from './paging.ts'

/** Which links a change is for: those of a filter that contain the text, unless it is empty. */
export interface ChangeSelection {
  readonly filter: LinkFilter
  readonly query: string
}

/** A change of many links of one user. */
export interface LinkChange {
  readonly id: string
  readonly ownerId: UserId
  readonly kind: LinkChangeKind
  /** As typed. Empty for a change that is not about a tag. */
  readonly tag: string
  /** What the tag is renamed to, or empty. */
  readonly newTag: string
  readonly selection: ChangeSelection
  readonly createdAt: Instant
  /** The links behind this place are still to be changed: `start` for all, `null` for none. */
  readonly next: LinkPlace | 'start' | null
}

export interface StoredLinkChange extends LinkChange {
  /** Links that it has changed. Those that were as it leaves them do not count. */
  readonly links: number
  /** Since when it is being undone, or `null`. */
  readonly undoneAt: Instant | null
  /** Whether it has changed links that it, if it is being undone, has not changed back. */
  readonly hasLinks: boolean
}

/** Links by their ids or by their short codes. */
export type ChosenLinks =
  | { readonly ids: readonly string[] }
  | { readonly shortCodes: readonly string[] }

export interface RemovedLink extends Link {
  readonly removedAt: Instant
  readonly place: LinkPlace
}

export interface RemovedLinksRequest {
  readonly ownerId: UserId
  readonly removedSince: Instant
  readonly limit: number
  readonly start: PageStart<LinkPlace> | null
}

/**
 * Changes many links of one user. Every operation affects only links of the owner. A link remembers the last change that
 * changed it, so that a change is undone only where no later one has followed. Rejects with `RepositoryError` only.
 */
export interface LinkChangeRepository {
  /** Stores the change, and forgets all but the newest 20 of its owner. Returns `false` if the owner was deleted. */
  add(change: LinkChange): Promise<boolean>
  find(ownerId: UserId, id: string): Promise<StoredLinkChange | null>
  /**
   * Changes those of the links that are not as the change leaves them, in one statement: of two parallel calls, one
   * changes each link. A tag is not added to a link that has as many as it may have. Returns their number.
   */
  apply(change: LinkChange, links: ChosenLinks, at: Instant): Promise<number>
  /** Adds to the number of changed links, and moves on, unless another call has moved on from that place. */
  advance(change: LinkChange, step: ChangeStep): Promise<void>
  /** Marks the change as being undone. What is left of it is not changed any more. */
  startUndo(change: LinkChange, at: Instant): Promise<void>
  /** Undoes the change of at most `limit` links that it changed last. Returns how many it has looked at. */
  undo(change: LinkChange, at: Instant, limit: number): Promise<number>
  /** Lists the links that were removed since then, the last removed first. The key of a place is that instant. */
  listRemoved(request: RemovedLinksRequest): Promise<readonly RemovedLink[]>
}

export interface ChangeStep {
  readonly links: number
  readonly next: LinkPlace | null
}
