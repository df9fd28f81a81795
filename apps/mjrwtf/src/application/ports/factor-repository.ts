import type { SecondFactor, SecondFactorReference } from '../../domain/second-factor.ts'
import type { UserId } from '../../domain/user.ts'

/** The second factors of a user that can be used, and what is left to recover with. */
export interface UserFactors {
  /** Oldest first. Without suspended passkeys. */
  readonly factors: readonly SecondFactor[]
  readonly unusedRecoveryCodes: number
}

/** Reads and removes second factors of every kind. The repository of each kind adds and checks them. */
export interface FactorRepository {
  /** One statement. */
  list(userId: UserId): Promise<UserFactors>
  /**
   * Removes a factor of the user. With `mustKeepOne`, refuses to remove the last one that can be used: of two parallel
   * removals of the last two factors, one is refused.
   */
  remove(
    userId: UserId,
    factor: SecondFactorReference,
    mustKeepOne: boolean,
  ): Promise<'removed' | 'missing' | 'last-factor'>
  /** Returns whether the user has the factor. A phone has no name. */
  rename(userId: UserId, factor: SecondFactorReference, name: string): Promise<boolean>
  /** Removes all second factors and recovery codes of the user. Returns how many factors there were. */
  removeAll(userId: UserId): Promise<number>
}
