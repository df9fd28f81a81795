import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { UserState } from './user-repository.ts'

/** The current recovery codes of a user. */
export interface RecoveryCodesStatus {
  /** When they were created, or `null` if the user has none. */
  readonly createdAt: Instant | null
  /** Whether the user confirmed that they are saved. */
  readonly isSaved: boolean
  readonly unused: number
}

export interface NewRecoveryCodes extends UserState {
  readonly hashes: readonly string[]
  readonly createdAt: Instant
}

/** Stores the hashes of recovery codes. Rejects with `RepositoryError` only. */
export interface RecoveryCodeRepository {
  /** One statement. */
  status(userId: UserId): Promise<RecoveryCodesStatus>
  /**
   * Replaces all codes of the user in one transaction: of parallel calls, the codes of one remain. Returns `false` and
   * changes nothing if the user has no second factor, does not exist, is suspended, or has another password version.
   */
  replace(codes: NewRecoveryCodes): Promise<boolean>
  /**
   * Marks an unused code of that user as used. Of parallel calls exactly one returns `true`, in all processes. `false`
   * for a code that is unknown, used, replaced or another user's. One statement.
   */
  use(userId: UserId, hash: string, at: Instant): Promise<boolean>
  /** Records that the user has saved the codes created at that instant. Does nothing for codes that were replaced. */
  confirmSaved(userId: UserId, createdAt: Instant, at: Instant): Promise<void>
}
