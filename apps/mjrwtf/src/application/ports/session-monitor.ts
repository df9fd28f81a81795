import type { Instant } from '../../domain/time.ts'

/** How a session stands. */
export type SessionStatus =
  /** `until`: when it ends by itself, unless it is used again. */
  | { readonly status: 'active'; readonly until: Instant }
  /** `reason`: one of the session library's. */
  | { readonly status: 'ended'; readonly reason: string }

/** Who is told that sessions may have changed. Called at once, so each must be quick. */
export interface SessionListener {
  onChange(sessionId: string): void
  /** Any session may have changed. */
  onReset(): void
}

/** Looks at sessions from outside: that is no activity, and shows no token. */
export interface SessionMonitor {
  /** Asks the store, whatever is known from memory. Rejects when it fails. */
  check(sessionId: string): Promise<SessionStatus>
  /** Tells of changes by every process, within seconds, until it is stopped. */
  subscribe(listener: SessionListener): Unsubscribe
}

export type Unsubscribe = () => Promise<void>
