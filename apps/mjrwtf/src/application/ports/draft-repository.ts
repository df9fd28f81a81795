import type { Draft, DraftFields, DraftLimits } from '../../domain/draft.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

export interface DraftQuery {
  readonly id: string
  readonly userId: UserId
  readonly path: string
  /** Older drafts are not found. */
  readonly since: Instant
}

/** Stores drafts. Rejects with `RepositoryError` only. */
export interface DraftRepository {
  /**
   * Adds the draft and removes the oldest ones beyond the limits, of the same session and of the user, but never this one.
   * Returns `false` and changes nothing if the user was deleted.
   */
  add(draft: Draft, limits: DraftLimits): Promise<boolean>
  /** Returns the fields of the draft if every part of the query matches. */
  find(query: DraftQuery): Promise<DraftFields | null>
  /** Removes the draft if the user has one with that id. */
  remove(id: string, userId: UserId): Promise<void>
  /** Removes a batch of the drafts created at that instant or before. Returns whether there may be more. */
  purgeBatch(until: Instant): Promise<boolean>
}
