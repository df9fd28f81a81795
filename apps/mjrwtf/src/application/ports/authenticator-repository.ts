import type { Instant } from '../../domain/time.ts'
import type { TimeStep } from '../../domain/totp.ts'
import type { UserId } from '../../domain/user.ts'
import type { EncryptedValue } from './encryption.ts'

/** An authenticator app, with its encrypted key. */
export interface StoredAuthenticator {
  readonly id: string
  readonly userId: UserId
  readonly name: string
  readonly encryptedKey: EncryptedValue
  /** The latest time step whose code was used. */
  readonly lastStep: TimeStep
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
}

export interface StepUse {
  readonly userId: UserId
  readonly id: string
  readonly step: TimeStep
  readonly at: Instant
}

export interface AuthenticatorLimit {
  readonly max: number
  /** Of the user of the request. */
  readonly passwordVersion: number
}

export interface KeyUse {
  readonly keyId: string
  /** Number of authenticators whose key it encrypts. */
  readonly authenticators: number
}

/** Stores authenticators. `FactorRepository` renames and removes them. Rejects with `RepositoryError` only. */
export interface AuthenticatorRepository {
  /**
   * Adds an authenticator unless the user has `max` of them: also of parallel calls, none exceeds it. `exists`: there is
   * one with that id. `user-deleted`: there is no such account, it is suspended, or its password is another one, for
   * example after a reset. Changes nothing unless it returns `added`.
   */
  add(
    authenticator: StoredAuthenticator,
    limit: AuthenticatorLimit,
  ): Promise<'added' | 'exists' | 'too-many' | 'user-deleted'>
  /** The user's authenticators, oldest first. One statement. */
  list(userId: UserId): Promise<readonly StoredAuthenticator[]>
  /**
   * Records the use of a time step, if it is later than the last one of this authenticator of the user. Of parallel calls
   * with one step, exactly one returns `true`, whichever processes they are from. One statement.
   */
  useStep(use: StepUse): Promise<boolean>
  /** The keys that encrypt authenticators of all users. Visits every row. */
  keyUses(): Promise<readonly KeyUse[]>
  /** Authenticators of any users whose key it encrypts, in the order of their ids, after the id `after`. */
  listByKey(
    keyId: string,
    page: { readonly after: string; readonly limit: number },
  ): Promise<readonly StoredAuthenticator[]>
  /** Replaces the encrypted key if the authenticator still exists and has the key that `from` names. */
  replaceKey(id: string, from: string, to: EncryptedValue): Promise<void>
}
