import type { UserId } from '../../domain/user.ts'

export interface HandOver {
  /** The next operator. */
  readonly to: UserId
  /** Whether the account must have a passkey that is accepted or an authenticator. */
  readonly requiresStrongFactor: boolean
}

export type HandOverResult =
  | { readonly status: 'handed-over'; readonly from: UserId }
  /** Nothing changed. */
  | { readonly status: 'already-operator' | 'suspended' | 'no-strong-factor' | 'not-found' }

/** Hands over the role of the operator. There is always exactly one, once there is any. Rejects with `RepositoryError` only. */
export interface OperatorRoleRepository {
  /**
   * Makes another account that of the operator, in one step: at no instant there are two, or none. Its trusted browsers and
   * personal access tokens, which were created for less, are deleted. Of parallel calls, one after the other is decided.
   */
  handOver(request: HandOver): Promise<HandOverResult>
  /** What `handOver` would return now. Changes nothing. */
  previewHandOver(request: HandOver): Promise<HandOverResult>
}
