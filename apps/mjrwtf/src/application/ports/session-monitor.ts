import type { Instant } from '../../domain/time.ts'

export type SessionStatus =
  /** `until`: when it expires unless there is activity before. */
  | { readonly status: 'active'; readonly until: Instant }
  /** `reason`: an end reason of the session library. */
  | { readonly status: 'ended'; readonly reason: string }

/** Receives changes of sessions. Called synchronously, so each function must return quickly. */
export interface SessionListener {
  onChange(sessionId: string): void
  /** Any session may have changed. */
  onReset(): void
}

/** Observes sessions without a token. Does not count as activity. */
export interface SessionMonitor {
  /** Reads the store, not the cache. Rejects if it fails. */
  check(sessionId: string): Promise<SessionStatus>
  /** Reports changes by any process, within seconds, until unsubscribed. */
  subscribe(listener: SessionListener): Unsubscribe
}

export type Unsubscribe = () => Promise<void>
