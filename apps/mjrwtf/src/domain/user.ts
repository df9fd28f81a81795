import type { Preferences } from './preferences.ts'
import type { Instant } from './time.ts'

/** Opaque: 16 random bytes as 22 characters of base64url. */
export type UserId = string

/** Whether the text has the format of an id. Only such texts are looked up. */
export function isUserId(text: string): text is UserId {
  return /^[A-Za-z0-9_-]{22}$/.test(text)
}

/** An account. Contains no secret. */
export interface User {
  readonly id: UserId
  /** As entered at sign-up, trimmed. Compare with `emailKey`, never directly. */
  readonly email: string
  readonly createdAt: Instant
  /** Whether the user is an administrator. There may be several; the first account is one. */
  readonly isOperator: boolean
  /** `false` while the user signs in only in other ways. No password is accepted for such a user. */
  readonly hasPassword: boolean
  /** Number of password changes, of which setting a first password is one. */
  readonly passwordVersion: number
  /** The session of the last password change, or `null` before the first. */
  readonly passwordChangedBySession: string | null
  /** When the password was last changed or reset, or `null` if it never was. */
  readonly passwordChangedAt: Instant | null
  /** Number of password changes that were made with a reset link. */
  readonly passwordResets: number
  /**
   * Passkeys, authenticators and phones. A suspended passkey counts too: it is not accepted, but a client with a copy
   * must not get in with the password alone.
   */
  readonly secondFactors: number
  /** Absent for a user who has chosen none: `defaultPreferences` apply. */
  readonly preferences?: Preferences
}

/** The credentials that a session was created with. */
export interface SessionCredentials {
  readonly sessionId: string
  /** Version of the password used to sign in. */
  readonly passwordVersion: number
}

/** Whether a session is older than the last password change, and did not make that change. */
export function isStale(
  user: Pick<User, 'passwordVersion' | 'passwordChangedBySession'>,
  session: SessionCredentials,
): boolean {
  if (session.sessionId === user.passwordChangedBySession) return false
  return session.passwordVersion !== user.passwordVersion
}

/** Whether a grant or a consent is not newer than the last password change, which ended all grants, even if that has failed. */
export function isGrantStale(
  { passwordChangedAt }: Pick<User, 'passwordChangedAt'>,
  given: { readonly createdAt: Instant },
): boolean {
  return passwordChangedAt !== null && given.createdAt <= passwordChangedAt
}

/** Who may create an account: no one, everyone, or holders of an invite. */
export type SignUpMode = 'closed' | 'open' | 'invite'
