import type { Draft, DraftFields } from '../../domain/draft.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

export interface DraftQuery {
  readonly id: string
  readonly userId: UserId
  readonly path: string
  /** Older ones are not found. */
  readonly since: Instant
}

/** Keeps drafts. Rejects with `RepositoryError` only. */
export interface DraftRepository {
  /**
   * Adds the draft and removes those of its user that are beyond `most`, oldest first, never this one.
   * `false`, and no change, when the user is gone.
   */
  add(draft: Draft, max: number): Promise<boolean>
  /** The fields of the draft that is all of this: that id, that user's, of that page, not older. */
  find(query: DraftQuery): Promise<DraftFields | null>
  /** Removes the user's draft of that id, if there is one. */
  remove(id: string, userId: UserId): Promise<void>
  /** Removes what was added at that instant or before. */
  purge(until: Instant): Promise<void>
}
