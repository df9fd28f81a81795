import type { AssuranceLevel, UsedMethod } from './authentication.ts'
import type { Client } from './client.ts'
import { type Instant, type Milliseconds, minute } from './time.ts'

declare const sessionIdBrand: unique symbol

/**
 * Public handle of a session: 16 random bytes as 22 characters of base64url. Safe in logs, lists and
 * URLs; it does not authenticate without its secret.
 */
export type SessionId = string & { readonly [sessionIdBrand]: true }

/** The identity that a session acts for. Opaque to the library: any string of 1 to 255 characters. */
export type UserId = string

/** SHA-256 of a session's secret: 32 bytes, the only form in which a secret is stored. */
export type SecretHash = Uint8Array

/** The timeout that ended a session. */
export type Expiry = 'absolute-timeout' | 'idle-timeout'

/** The reasons that the library uses itself: a timeout (expired) or an explicit action (revoked). */
export type BuiltInEndReason =
  | Expiry
  /** The user signed out on this device. */
  | 'signed-out'
  /** The same client signed in again; the new session replaced this one. */
  | 'signed-in-again'
  /** The user ended it from another device. */
  | 'ended-by-user'
  | 'ended-by-operator'
  | 'password-changed'
  /** A replaced secret was presented after its grace period: evidence of theft. */
  | 'secret-reused'
  /** The user signed in on more devices than allowed, which ended the oldest session. */
  | 'session-cap'

/**
 * Why a session ended: a built-in reason or one of the application, 1 to 64 characters of a-z, 0-9 and -.
 * Branch on the reasons you know and have a default: another version or program may have written the record.
 */
export type EndReason = BuiltInEndReason | OwnEndReason

/** A reason of the application. Not just `string`, so that editors still suggest the built-in reasons. */
export type OwnEndReason = string & Record<never, never>

/** Whether text can be the reason for which a session ends. */
export function isEndReason(text: string): boolean {
  return /^[a-z0-9-]{1,64}$/.test(text)
}

/** Why a session can no longer be used. `deleted`: its record was deleted, usually with its user. */
export type SessionEnd = EndReason | 'deleted'

/** A user's signed-in state on one client. Immutable; contains no secret: safe to log or to send. */
export interface Session<Data = unknown> extends Client {
  readonly id: SessionId
  readonly userId: UserId
  readonly createdAt: Instant
  readonly expiresAt: Instant
  readonly lastActivityAt: Instant
  readonly idleTimeout: Milliseconds
  /**
   * When the user last authenticated, by signing in or by a step-up, with whatever method, also if none was passed. A
   * sign-in whose methods all have an earlier instant, such as the `auth_time` of a provider, counts from the latest of them.
   */
  readonly authenticatedAt: Instant
  /**
   * How the user has authenticated in this session, each method once with its latest instant. Only a sign-in
   * and a step-up change it. Empty if the app has not passed any.
   */
  readonly methods: readonly UsedMethod[]
  /** The level that `methods` show together; see `assuranceLevelOf`. Derived when the session is read. */
  readonly assuranceLevel: AssuranceLevel
  /** Whether the cookie is persistent. */
  readonly remembered: boolean
  readonly data: Data
}

/**
 * A session as stored, with its secrets. `expiresAt` is the absolute deadline, which activity does not
 * move; the idle deadline is `lastActivityAt + idleTimeout`. `data` is encoded; a store treats it as
 * text.
 */
export interface SessionRecord extends Session<string> {
  readonly secretHash: SecretHash
  /** Hash of the secret before the last rotation, or `null` before the first. */
  readonly previousSecretHash: SecretHash | null
  /** Until when the previous secret is still accepted; equals `rotatedAt` without grace. */
  readonly previousSecretExpiresAt: Instant | null
  readonly rotatedAt: Instant | null
  /** The methods before the last step-up, for the holder of the previous secret, who has not made it. */
  readonly previousMethods: readonly UsedMethod[]
  /** 32 random bytes from which CSRF tokens are masked. Never leaves the server unmasked. */
  readonly csrfSecret: Uint8Array
  /** Number of changes of `data`, from 0. A save passes the version that it is based on. */
  readonly dataVersion: number
  readonly endedAt: Instant | null
  readonly endReason: EndReason | null
  /** Id of the user who ended it, or `null` for the library itself. */
  readonly endedBy: UserId | null
}

/** The timeout that has ended the session at `now`, or `null` if it is still valid (ASVS 5.0 V7.3.1, V7.3.2). */
export function expiry(
  session: Pick<SessionRecord, 'expiresAt' | 'lastActivityAt' | 'idleTimeout'>,
  now: Instant,
): Expiry | null {
  if (now >= session.expiresAt) return 'absolute-timeout'
  if (now >= session.lastActivityAt + session.idleTimeout) return 'idle-timeout'
  return null
}

/**
 * How long after its idle timeout a session is treated as expired without a request of its client. Within
 * this time, another process may still write activity that keeps the session active.
 */
export const idleGrace: Milliseconds = minute

/** Not constant-time: only for hashes that are both stored. */
export function isSameHash(a: SecretHash, b: SecretHash): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** Whether two results of reading one session differ in activity at most. */
export function isSameVersion(one: SessionRecord, other: SessionRecord): boolean {
  if (one.endedAt !== null || other.endedAt !== null) return one.endedAt === other.endedAt
  return one.dataVersion === other.dataVersion && isSameHash(one.secretHash, other.secretHash)
}

/** Ended sessions of a user that a store keeps; see `insert` of `SessionStore`. */
export const maxEndedSessions = 100

/** Ended sessions that one insertion removes at most, so that it stays short. */
export const maxRemovedSessions = 1_000
