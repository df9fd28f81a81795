import type { UserId } from '../../domain/user.ts'

/** `others-remain`: the operator cannot leave while somebody else has an account; nothing was removed. */
export type RemoveAccountResult = 'removed' | 'not-found' | 'others-remain'

/** Removes accounts for good. Rejects with `RepositoryError` only, and has changed nothing then. */
export interface AccountRepository {
  /**
   * Removes the user and everything that is theirs in one step: links, clicks, sessions, security events,
   * invites, whatever the tables hang on them. Their short codes stay given away. Of two removals at
   * once one answers `removed`, the other `gone`.
   */
  remove(id: UserId): Promise<RemoveAccountResult>
  /** Whether anybody else has an account. */
  hasOthers(id: UserId): Promise<boolean>
}
