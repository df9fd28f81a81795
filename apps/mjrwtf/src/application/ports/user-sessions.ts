import type { Instant } from '../../domain/time.ts'
import type { SessionCredentials, UserId } from '../../domain/user.ts'

/** A method by its name in RFC 8176, such as `pwd`, and when the user last authenticated with it. */
export interface UsedMethod {
  readonly method: string
  readonly at: Instant
}

/** A session, as shown to its user. The id does not authenticate. */
export interface UserSession {
  readonly id: string
  readonly createdAt: Instant
  readonly lastActivityAt: Instant
  /** When it expires regardless of activity. */
  readonly expiresAt: Instant
  /** When the user last authenticated. */
  readonly authenticatedAt: Instant
  /** How the user has authenticated in it. Empty for sessions from before methods were recorded. */
  readonly methods: readonly UsedMethod[]
  /** The level that the methods show (NIST SP 800-63B-4 section 2). */
  readonly assuranceLevel: 1 | 2 | 3
  readonly remembered: boolean
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

export type ShellEndReason = 'ended-by-operator' | 'account-suspended'

export interface EndedByOperator {
  readonly userId: UserId
  readonly except: string | null
}

/**
 * The sessions of users. An ended session is invalid immediately, in every process. Its end reason names the user or
 * the operator. Rejects only if the store fails.
 */
export interface UserSessions {
  /** Lists the active sessions. */
  list(userId: UserId): Promise<readonly UserSession[]>
  /** Returns `false` if the user has no active session with that id. */
  end(userId: UserId, id: string): Promise<boolean>
  /** The same after a logout at the provider that the user signs in with. */
  endByProvider(userId: UserId, id: string): Promise<boolean>
  /** Ends all sessions, or all but one, and returns how many it ended. */
  endAll(userId: UserId, except: string | null): Promise<number>
  /** The same on behalf of the operator. `except` may be another user's session. Rejects sign-ins in progress. */
  endAllByOperator(operatorId: UserId, request: EndedByOperator): Promise<number>
  /**
   * The same for what the operator does at the shell: `except` is not possible. Of a suspended account too, at the start
   * and at the end of the suspension.
   */
  endAllAtShell(userId: UserId, reason: ShellEndReason): Promise<number>
  /** Ends one session, on behalf of the operator at the shell. */
  endAtShell(userId: UserId, id: string): Promise<boolean>
}

/**
 * Ends sessions that were authenticated with a previous password, with that as the end reason. An ended session is
 * invalid immediately, in every process. Rejects only if the store fails.
 */
export interface StaleSessions {
  /** Ends the session if it is active. */
  end(userId: UserId, sessionId: string): Promise<void>
  /** Ends all sessions, or all but one, and rejects sign-ins whose credentials were checked before. */
  endOthers(userId: UserId, except: string | null): Promise<void>
}

/**
 * Requires a step-up in sessions: they stay active, but sensitive operations ask for the password, unless it was entered
 * after `at`. Rejects only if the store fails.
 */
export interface StepUp {
  require(sessionId: string, at: Instant): Promise<void>
  /** In all active sessions of the user. */
  requireAll(userId: UserId, at: Instant): Promise<void>
}

/** The sign-ins whose second factor is missing. Rejects only if the store fails. */
export interface PendingSignIns {
  /** Ends those of the user, so that none is completed with factors from before a change. */
  endForUser(userId: UserId): Promise<void>
}

/** Reports ends of sessions, by any process, within seconds. Does not count as activity. */
export interface SessionEnds {
  /** Calls back once, with an end reason of the session library. Returns a function that stops that. */
  onEnd(sessionId: string, callback: (reason: string) => void): () => void
}

/** Returns the credentials of an active session of the user, or `null`. Reads the store, not a cache. Rejects only if it fails. */
export type FindSessionCredentials = (
  userId: UserId,
  sessionId: string,
) => Promise<SessionCredentials | null>
