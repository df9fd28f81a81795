import type { Client } from './client.ts'
import type { Instant, Milliseconds } from './time.ts'

declare const sessionIdBrand: unique symbol

/**
 * Public handle of a session: 16 random bytes as 22 characters of base64url. Safe in logs, lists and
 * URLs; it opens nothing without its secret.
 */
export type SessionId = string & { readonly [sessionIdBrand]: true }

/** Whoever a session acts for. Opaque to the library: any string of 1 to 255 characters. */
export type UserId = string

/** SHA-256 of a session's secret: 32 bytes, the only form in which a secret is stored. */
export type SecretHash = Uint8Array

/** Limits that end a session by themselves. */
export type Expiry = 'absolute-timeout' | 'idle-timeout'

/** Why a session ended: a limit (expired) or an act (revoked). */
export type EndReason =
  | Expiry
  /** The person signed out on this device. */
  | 'signed-out'
  /** The same client signed in again; the new session replaced this one. */
  | 'signed-in-again'
  /** The person ended it from another device. */
  | 'ended-by-user'
  | 'ended-by-operator'
  | 'password-changed'
  /** The secret from before a rotation was presented after its grace: evidence of theft. */
  | 'secret-reused'
  /** The user signed in on more devices than allowed; the oldest made room. */
  | 'session-cap'

/**
 * What a store keeps of a session. `expiresAt` is the absolute deadline and never moves with
 * activity; the idle deadline is `lastActivityAt + idleTimeout`.
 */
export interface SessionRecord extends Client {
  readonly id: SessionId
  readonly secretHash: SecretHash
  /** Hash of the secret before the last rotation, or `null` before the first. */
  readonly previousSecretHash: SecretHash | null
  /** Until when the previous secret is still accepted; `rotatedAt` itself where there is no grace. */
  readonly previousSecretExpiresAt: Instant | null
  readonly rotatedAt: Instant | null
  readonly userId: UserId
  readonly createdAt: Instant
  readonly expiresAt: Instant
  readonly lastActivityAt: Instant
  readonly idleTimeout: Milliseconds
  /** When the person last proved who they are; the step-up clock. */
  readonly authenticatedAt: Instant
  /** Whether the client was asked to keep the cookie after the browser closes. */
  readonly remembered: boolean
  /** 32 random bytes from which CSRF tokens are masked. Never leaves the server as it is. */
  readonly csrfSecret: Uint8Array
  /** Encoded session data; a store treats it as text. */
  readonly data: string
  /** Counts the changes of `data`, from 0. A save names the version it was made from. */
  readonly dataVersion: number
  readonly endedAt: Instant | null
  readonly endReason: EndReason | null
  /** Who ended it: a user id, or `null` for the library itself. */
  readonly endedBy: UserId | null
}

/** A user's signed-in presence on one client. Immutable, and free of secrets: safe to log or to send. */
export interface Session<Data = unknown> extends Client {
  readonly id: SessionId
  readonly userId: UserId
  readonly createdAt: Instant
  readonly expiresAt: Instant
  readonly lastActivityAt: Instant
  readonly idleTimeout: Milliseconds
  readonly authenticatedAt: Instant
  readonly remembered: boolean
  readonly data: Data
}

/** Which timeout has ended the session at `now`, or `null` while it may still be used (ASVS 5.0 V7.3.1, V7.3.2). */
export function expiry(
  session: Pick<SessionRecord, 'expiresAt' | 'lastActivityAt' | 'idleTimeout'>,
  now: Instant,
): Expiry | null {
  if (now >= session.expiresAt) return 'absolute-timeout'
  if (now >= session.lastActivityAt + session.idleTimeout) return 'idle-timeout'
  return null
}
