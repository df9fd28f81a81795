import type { Instant } from '../../domain/time.ts'

/** How a session stands. */
export type SessionLife =
  /** `until`: when it ends by itself, unless it is used again. */
  | { readonly status: 'live'; readonly until: Instant }
  /** `reason`: one of the session library's. */
  | { readonly status: 'over'; readonly reason: string }

/** Who is told that sessions may have changed. Called at once, so each must be quick. */
export interface SessionListener {
  changed(sessionId: string): void
  /** Any session may have changed. */
  anyChanged(): void
}

/** Looks at sessions from outside: that is no activity, and shows no token. */
export interface SessionWatch {
  /** Asks the store, whatever is known from memory. Rejects when it fails. */
  look(sessionId: string): Promise<SessionLife>
  /** Tells of changes by every process, within seconds, until it is stopped. */
  listen(listener: SessionListener): StopListening
}

export type StopListening = () => Promise<void>
