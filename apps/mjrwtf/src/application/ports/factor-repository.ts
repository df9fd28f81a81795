import type {
  FactorRemovalRefusal,
  SecondFactor,
  SecondFactorReference,
} from '../../domain/second-factor.ts'
import type { UserId } from '../../domain/user.ts'

/** The second factors of a user that can be used, and what is left to recover with. */
export interface UserFactors {
  /** Oldest first. Without suspended passkeys. */
  readonly factors: readonly SecondFactor[]
  /** Passkeys that may have been cloned, until the user keeps or removes them. */
  readonly suspendedPasskeys: number
  readonly unusedRecoveryCodes: number
}

/** What a user keeps when a factor is removed. */
export interface FactorRemovalConditions {
  /** Whether the user must keep a second factor. */
  readonly mustKeepOne: boolean
  /** Those of the configured providers. An identity of another one does not sign in. */
  readonly issuers: readonly string[]
}

/** Reads and removes second factors of every kind. The repository of each kind adds and checks them. */
export interface FactorRepository {
  /** One statement. */
  list(userId: UserId): Promise<UserFactors>
  /**
   * Removes a factor of the user, decided with the factors that it has at that moment: of two parallel removals of the
   * last two factors, one is refused.
   *
   * - With `mustKeepOne`, refuses to remove the last one that can be used: `last-factor`.
   * - For an administrator, refuses to leave a phone as the only one: `phone-would-remain`.
   * - Refuses to remove a passkey without which the user could not sign in, because there is neither a password nor an
   *   identity of a configured provider nor another passkey that is enough alone: `last-sign-in-method`. Also if an
   *   identity is removed in parallel.
   *
   * A suspended passkey does not count as one that can be used, and can always be removed. With the last factor, the
   * recovery codes are deleted.
   */
  remove(
    userId: UserId,
    factor: SecondFactorReference,
    conditions: FactorRemovalConditions,
  ): Promise<'removed' | 'missing' | FactorRemovalRefusal>
  /** Returns whether the user has the factor. A phone has no name of its own, so `false`. */
  rename(userId: UserId, factor: SecondFactorReference, name: string): Promise<boolean>
  /**
   * Removes all second factors, also suspended passkeys, and the recovery codes of the user. Returns how many factors
   * there were.
   */
  removeAll(userId: UserId): Promise<number>
}
