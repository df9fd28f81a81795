import type { Instant } from './time.ts'

/** Opaque: 16 random bytes as 22 characters of base64url. */
export type UserId = string

/** Whether the text has the form of an id: only what has it is looked up. */
export function isUserId(text: string): text is UserId {
  return /^[A-Za-z0-9_-]{22}$/.test(text)
}

/** Someone with an account. Holds no secret. */
export interface User {
  readonly id: UserId
  /** As typed at sign-up, without surrounding white space; compare with `emailKey`, never directly. */
  readonly email: string
  readonly createdAt: Instant
  /** The first account. Shared bearer tokens act for it, and it makes invites. */
  readonly isOperator: boolean
  /** How often the password was changed. */
  readonly passwordVersion: number
  /** The session that the last change was made in, or `null` before the first. */
  readonly passwordChangedBySession: string | null
}

/** What a session is held to besides its own limits. */
export interface SessionCredentials {
  readonly sessionId: string
  /** That of the password with which somebody signed in. */
  readonly passwordVersion: number
}

/** Whether a session is from before the last change of the password, and not the one that made it. */
export function isStale(
  user: Pick<User, 'passwordVersion' | 'passwordChangedBySession'>,
  session: SessionCredentials,
): boolean {
  if (session.sessionId === user.passwordChangedBySession) return false
  return session.passwordVersion !== user.passwordVersion
}
