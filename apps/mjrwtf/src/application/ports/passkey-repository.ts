import type { NewPasskey, Passkey } from '../../domain/passkey.ts'
import type { Instant } from '../../domain/time.ts'
import type { User, UserId } from '../../domain/user.ts'

/** What an assertion is checked with. */
export interface FoundPasskey extends Pick<Passkey, 'id' | 'name' | 'canVerifyUser'> {
  readonly user: User
  readonly publicKey: Uint8Array
  readonly canSync: boolean
  /** Whether the account is suspended, not the passkey. */
  readonly isSuspended: boolean
}

/** A use of a passkey, after its signature was verified. */
export interface PasskeyUse {
  readonly id: string
  readonly counter: number
  readonly isSynced: boolean
  readonly at: Instant
}

/** A challenge whose response was verified. */
export interface UsedChallenge {
  readonly hash: string
  /** When its token expires. */
  readonly expiresAt: Instant
}

export interface PasskeyLimit {
  readonly max: number
  /** Of the user of the request. */
  readonly passwordVersion: number
}

export interface PasskeyRepository {
  /** All passkeys of the user, oldest first, also suspended ones. */
  list(userId: UserId): Promise<readonly Passkey[]>
  /** The passkey of any user, with its user. */
  find(id: string): Promise<FoundPasskey | null>
  /**
   * Adds a passkey unless its id is in use or the user has the maximum: of parallel calls, none exceeds it. `user-deleted`:
   * there is no such account, it is suspended, or its password is another one, for example after a reset.
   */
  add(
    passkey: NewPasskey,
    limit: PasskeyLimit,
  ): Promise<'added' | 'registered' | 'of-other-user' | 'too-many' | 'user-deleted'>
  /**
   * Records a use in one statement and returns whether it is accepted: the passkey exists, is not suspended, and the
   * counter is plausible. Of parallel uses with the same counter above 0, one is accepted.
   */
  use(use: PasskeyUse): Promise<boolean>
  /** Suspends a passkey if the counter of the use is not plausible. Returns true for the call that suspends it. */
  suspend(use: PasskeyUse): Promise<boolean>
  /**
   * Accepts a suspended passkey of the user again, whatever its next counter is. Returns its name, or `null` if the user
   * has no such suspended passkey.
   */
  keep(userId: UserId, id: string): Promise<string | null>
  /** Returns true for the first call with a hash: of parallel calls, for one. */
  useChallenge(challenge: UsedChallenge): Promise<boolean>
  /** Deletes challenges that expired until then. Returns whether there may be more. */
  purgeBatch(until: Instant): Promise<boolean>
}
