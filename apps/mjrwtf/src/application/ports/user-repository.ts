import type { Instant } from '../../domain/time.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { PasswordHash } from './password-hasher.ts'

export interface NewUser {
  readonly user: User
  readonly passwordHash: PasswordHash
}

export interface PasswordChange {
  readonly userId: UserId
  readonly from: PasswordHash
  readonly to: PasswordHash
  /** The session that asks for it, which alone outlives it. */
  readonly sessionId: string
}

export type AddUserResult = 'added' | 'email-unavailable' | 'invite-used'

/** Keeps users. Two users never have the same `emailKey`. Rejects with `RepositoryError` only. */
export interface UserRepository {
  /** Whether the server was set up, and its operator has not left. */
  hasOperator(): Promise<boolean>
  /** Adds the user as operator if there is none; of any number of calls at once exactly one answers `true`. */
  addOperator(newUser: NewUser): Promise<boolean>
  /** Adds the user, unless the address is taken. */
  add(newUser: NewUser): Promise<'added' | 'email-unavailable'>
  /**
   * Adds the user and spends the invite in one step, if the invite of that hash has not expired at
   * `user.createdAt`. One invite adds one user, however many calls run at once.
   */
  addInvited(newUser: NewUser, inviteHash: string): Promise<AddUserResult>
  find(id: UserId): Promise<User | null>
  findOperator(): Promise<User | null>
  /** Notes when somebody signs in for the first time. Of any number of calls exactly one answers `true`. */
  recordFirstSignIn(id: UserId, at: Instant): Promise<boolean>
  /** Looks an address up by its key. */
  findByEmail(email: string): Promise<NewUser | null>
  /** Replaces the hash if `from` is still in force; else changes nothing. */
  replacePasswordHash(id: UserId, from: PasswordHash, to: PasswordHash): Promise<void>
  /**
   * Puts another password into force, if the hash `from` is still that of the present one, counts
   * `passwordVersion` up and sets `passwordChangedIn`, in one step. Of two changes from one hash exactly
   * one answers `true`; the other has changed nothing.
   */
  changePassword(change: PasswordChange): Promise<boolean>
}

/** Keeps one-time set-up codes, as hashes. Several are good at once: each process prints its own. */
export interface SetUpCodeRepository {
  /** Adds a code and removes those that have expired at `now`. */
  add(hash: string, expiresAt: Instant, now: Instant): Promise<void>
  /** Whether the code is there and has not expired. */
  has(hash: string, now: Instant): Promise<boolean>
  clear(): Promise<void>
}

/** Keeps invites, as hashes. */
export interface InviteRepository {
  add(invite: Invite): Promise<void>
  /** Whether the invite is there, has not expired and made no account yet. */
  isUsable(hash: string, now: Instant): Promise<boolean>
}

export interface Invite {
  readonly id: string
  readonly hash: string
  readonly createdBy: UserId
  readonly createdAt: Instant
  readonly expiresAt: Instant
}
