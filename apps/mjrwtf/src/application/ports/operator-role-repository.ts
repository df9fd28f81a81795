import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

export interface RoleGrant {
  /** The next administrator. */
  readonly to: UserId
  /** The administrator who grants the role, or `null` at the shell. */
  readonly by: UserId | null
  /** Whether `by` loses the role in the same step. */
  readonly isHandOver: boolean
  /** Whether the account must have a passkey that is accepted or an authenticator. */
  readonly requiresStrongFactor: boolean
  readonly at: Instant
}

/** If not `granted`, nothing changed. `not-allowed`: `by` is not an administrator anymore. */
export type GrantRoleResult =
  | 'granted'
  | 'already-operator'
  | 'suspended'
  | 'no-strong-factor'
  | 'not-found'
  | 'not-allowed'

export interface RoleWithdrawal {
  readonly from: UserId
  /** The administrator who withdraws the role, perhaps their own, or `null` at the shell. */
  readonly by: UserId | null
}

/** If not `withdrawn`, nothing changed. `last-operator`: no other administrator is left. */
export type WithdrawRoleResult = 'withdrawn' | 'not-operator' | 'last-operator' | 'not-allowed'

/**
 * Stores who is an administrator. Once there is one, there is always at least one: of administrators who withdraw the role
 * from each other at once, one keeps it. Of parallel calls, one after the other is decided. Rejects with
 * `RepositoryError` only.
 */
export interface OperatorRoleRepository {
  /**
   * Makes the account that of an administrator, in one step with a hand-over: at no instant there is none. Its trusted
   * browsers and personal access tokens, which were created for less, are deleted.
   */
  grant(grant: RoleGrant): Promise<GrantRoleResult>
  /** What `grant` would return now. Changes nothing. */
  previewGrant(grant: RoleGrant): Promise<GrantRoleResult>
  withdraw(withdrawal: RoleWithdrawal): Promise<WithdrawRoleResult>
}
