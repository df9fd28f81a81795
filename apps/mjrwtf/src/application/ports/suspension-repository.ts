import type { Suspension } from '../../domain/suspension.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

export interface NewSuspension extends Suspension {
  readonly userId: UserId
}

/** `operator`: the account is the operator's, which cannot be suspended. Nothing changed. */
export type SuspendResult = 'suspended' | 'already-suspended' | 'operator' | 'not-found'

export interface SuspensionEnd {
  readonly userId: UserId
  /** Of the suspension to end. */
  readonly suspendedAt: Instant
}

/**
 * Suspends accounts. What a client could get in with later is deleted in the same step, at the start and at the end of a
 * suspension: personal access tokens, email links, pending changes of the email and trusted browsers. So nothing that
 * was created before or during a suspension works after it, not even what a request in progress added meanwhile. Nothing
 * of the kind can be added in between: the statements that add it require an account in use. Rejects with
 * `RepositoryError` only.
 */
export interface SuspensionRepository {
  /**
   * Suspends an account in use. Of parallel calls exactly one returns `suspended`. From that instant `UserRepository.find`
   * and every credential of the account are refused, in all processes.
   */
  suspend(suspension: NewSuspension): Promise<SuspendResult>
  /** Returns `false` and changes nothing if the account has no suspension, or one of another instant. */
  restore(end: SuspensionEnd): Promise<boolean>
}
