import type { Identity, IdentityKey } from '../../domain/identity.ts'
import type { Instant } from '../../domain/time.ts'
import type { User, UserId } from '../../domain/user.ts'

/** A user without a password who signs in with an identity. */
export interface NewUserWithIdentity {
  readonly user: User
  readonly identity: Identity
  /** The hash of the invite that the account uses up, or `null` if it needs none. */
  readonly inviteHash: string | null
}

/** `identity-in-use`: a user has the identity already. */
export type AddIdentifiedUserResult =
  | 'added'
  | 'email-unavailable'
  | 'invite-used'
  | 'identity-in-use'

export interface IdentityLimit {
  /** Identities that the user may have. */
  readonly max: number
  /** The password version of the user. With another one, for example after a reset, nothing is added. */
  readonly passwordVersion: number
}

/**
 * `already-linked`: the user has the identity already. `of-other-user`: another user has it. `user-changed`: the password
 * was changed or reset.
 */
export type AddIdentityResult =
  | 'added'
  | 'already-linked'
  | 'of-other-user'
  | 'too-many'
  | 'user-changed'
  | 'user-deleted'

export interface IdentityRemoval {
  readonly userId: UserId
  readonly id: string
  /** Those of the configured providers. An identity of another one does not sign in. */
  readonly issuers: readonly string[]
}

/** Stores identities. No two users have the same issuer and subject. Rejects with `RepositoryError` only. */
export interface IdentityRepository {
  /**
   * Finds the identity with that issuer and subject, and records that it was used, in one statement. Emails are not
   * compared. Returns the id of its user, or `null` if no user has it.
   */
  use(key: IdentityKey, at: Instant): Promise<UserId | null>
  /** Oldest first. */
  list(userId: UserId): Promise<readonly Identity[]>
  /**
   * Adds an identity unless a user has it already, or this one has `max` of them: of parallel calls, none exceeds the
   * limit, and one adds an identity. A reset that comes first wins: who has lost the account links nothing to it.
   */
  add(identity: Identity, limit: IdentityLimit): Promise<AddIdentityResult>
  /**
   * Adds a user, whose email is verified, and the identity, and uses up the invite, in one step: after anything but
   * `added`, nothing was stored. The user is never an operator.
   */
  addUser(newUser: NewUserWithIdentity): Promise<AddIdentifiedUserResult>
  /**
   * Removes an identity of the user, unless it is the last method with which the user can sign in: a password, a passkey
   * that is enough alone, or an identity of a configured provider. Decided with the methods of that moment, so that of
   * two parallel removals of the last two methods one is refused, also if the other is that of a passkey.
   */
  remove(removal: IdentityRemoval): Promise<'removed' | 'missing' | 'last-sign-in-method'>
}

/** A session that started at a provider. */
export interface ProviderSession extends IdentityKey {
  readonly sessionId: string
  readonly userId: UserId
  /** The session at the provider, if it named one. */
  readonly sid: string | null
  /** When the session expires regardless of activity. */
  readonly expiresAt: Instant
}

/** The sessions that started at a provider, to end them when its identity is unlinked. Rejects with `RepositoryError` only. */
export interface ProviderSessionRepository {
  /**
   * Adds a session if the user still has the identity, in one statement, and returns whether it did: a session is in the
   * list of an unlinked identity, or was not added.
   */
  add(session: ProviderSession): Promise<boolean>
  /** The issuer with which a session started, or `null`. */
  findIssuer(sessionId: string): Promise<string | null>
  /** Removes the sessions of an identity of the user from the list, and returns their ids. */
  take(userId: UserId, key: IdentityKey): Promise<readonly string[]>
  /** Deletes a batch of sessions that expired until then. Returns whether there may be more. */
  purgeBatch(until: Instant): Promise<boolean>
}
