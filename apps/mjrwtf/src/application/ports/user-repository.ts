import type { Suspension } from '../../domain/suspension.ts'
import type { Instant } from '../../domain/time.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { EntryPlace, PageStart } from './paging.ts'
import type { PasswordHash } from './passwords.ts'

/** The user of a request that adds a way in. */
export interface UserState {
  readonly userId: UserId
  /** Of the user that the request has read. With another one, for example after a reset, nothing is added. */
  readonly passwordVersion: number
}

export interface UserWithPasswordHash {
  readonly user: User
  /** `null` for a user without a password. */
  readonly passwordHash: PasswordHash | null
}

/** A user as stored. A suspended one must not get in, whatever they present. */
export interface StoredUser extends UserWithPasswordHash {
  readonly isSuspended: boolean
}

export interface PasswordChange {
  readonly userId: UserId
  /** `null` to set the first password. */
  readonly from: PasswordHash | null
  readonly to: PasswordHash
  /** The session that requests the change. It is the only one that stays active. */
  readonly sessionId: string
  readonly at: Instant
}

export type AddUserResult = 'added' | 'email-unavailable' | 'invite-used'

/** Stores users. No two users have the same `emailKey`. Rejects with `RepositoryError` only. */
export interface UserRepository {
  /** Whether there is an administrator. */
  hasOperator(): Promise<boolean>
  /** Adds the user as administrator if there is none. Of parallel calls exactly one returns `true`. */
  addOperator(newUser: UserWithPasswordHash): Promise<boolean>
  /** Adds the user unless another one has the email. */
  add(newUser: UserWithPasswordHash): Promise<'added' | 'email-unavailable'>
  /**
   * Adds the user and consumes the invite with that hash, in one step, if the invite has not expired at
   * `user.createdAt`. One invite adds one user, even with parallel calls.
   */
  addInvited(newUser: UserWithPasswordHash, inviteHash: string): Promise<AddUserResult>
  /** Finds a user who may act. A suspended account is `null`, like a deleted one: what forgets to ask refuses it. */
  find(id: UserId): Promise<User | null>
  /** Whether the account exists and is suspended. */
  isSuspended(id: UserId): Promise<boolean>
  /** The administrator who has had the role longest, for whom shared tokens act. */
  findOperator(): Promise<User | null>
  /** Finds a user by email, compared by `emailKey`, also a suspended one. */
  findByEmail(email: string): Promise<StoredUser | null>
  /** Records the first sign-in of a user. Exactly one call per user returns `true`. */
  recordFirstSignIn(id: UserId, at: Instant): Promise<boolean>
  /** Replaces the hash if it is still `from`. Otherwise changes nothing. */
  replacePasswordHash(id: UserId, from: PasswordHash, to: PasswordHash): Promise<void>
  /**
   * Replaces the password if its hash is still `from`, increments `passwordVersion` and sets `passwordChangedBySession`,
   * in one step. Of two changes from the same hash exactly one returns `true`; the other changes nothing, and so does a
   * change of a suspended account.
   */
  changePassword(change: PasswordChange): Promise<boolean>
  /** When the current password was set: by a change, a reset or the creation of the account. `null` without the user or a password. */
  passwordSetAt(id: UserId): Promise<Instant | null>
}

/** A user, as shown to the operator. */
export interface DirectoryUser {
  readonly id: UserId
  readonly email: string
  readonly createdAt: Instant
  readonly isOperator: boolean
  /** Number of second factors. */
  readonly secondFactors: number
  /** The last sign-in in the security log, or `null` if there was none within a year. */
  readonly lastSignedInAt: Instant | null
  /** `null` for an account in use. */
  readonly suspension: Suspension | null
}

export interface ListUsersRequest {
  /** 1 to 100. */
  readonly limit: number
  /** `null` for the newest accounts. */
  readonly start: PageStart<EntryPlace> | null
}

export interface UserPage {
  /** Newest account first. */
  readonly users: readonly DirectoryUser[]
  /** Whether the list continues in the direction of the start. */
  readonly hasMore: boolean
}

/** Lists users, also suspended ones, for the operator only. Rejects with `RepositoryError` only. */
export interface UserDirectory {
  list(request: ListUsersRequest): Promise<UserPage>
  /**
   * The newest accounts whose email contains the text, ignoring the case of A to Z. Reads the email of every account.
   */
  search(text: string, limit: number): Promise<readonly DirectoryUser[]>
  find(id: UserId): Promise<DirectoryUser | null>
  /** Finds a user by email, compared by `emailKey`. */
  findByEmail(email: string): Promise<DirectoryUser | null>
  /** Returns up to `limit` ids in order, after the given one. An empty list is the end. */
  ids(after: UserId | null, limit: number): Promise<readonly UserId[]>
}

/** Stores the hashes of one-time set-up codes. Several are valid at once, because each process prints its own. */
export interface SetUpCodeRepository {
  /** Adds a code and removes those that have expired at `now`. */
  add(hash: string, expiresAt: Instant, now: Instant): Promise<void>
  /** Whether the code exists and has not expired. */
  has(hash: string, now: Instant): Promise<boolean>
  clear(): Promise<void>
}

export interface Invite {
  readonly id: string
  readonly hash: string
  readonly createdBy: UserId
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** Where it was sent. Absent or `null` if an administrator hands it over. */
  readonly email?: string | null
}

/** An invite that can still be used. Contains no secret. */
export interface PendingInvite {
  readonly id: string
  /** Email of the administrator who created it. */
  readonly createdBy: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
  readonly email: string | null
}

/** Stores the hashes of invites. */
export interface InviteRepository {
  add(invite: Invite): Promise<void>
  /** Whether the invite exists, has not expired and was not used. */
  isUsable(hash: string, now: Instant): Promise<boolean>
  /** The newest invites that can still be used. */
  listPending(now: Instant, limit: number): Promise<readonly PendingInvite[]>
  /** Deletes an invite that was not used. Of a revocation and a sign-up at once, one succeeds. */
  revoke(id: string): Promise<boolean>
  /** Deletes a batch of invites that have expired, in one short statement. Returns whether there may be more. */
  purgeBatch(now: Instant): Promise<boolean>
}
