import type { RevocationChannel } from './revocation-channel.ts'
import type { SessionStore } from './session-store.ts'

/** What the caller of `open` needs. */
export interface BackendRequest {
  /** Whether to migrate the tables to the newest version first. */
  readonly migrate: boolean
  /** Whether to open a revocation channel, for the verification cache. */
  readonly channel: boolean
}

/** An open store, and what belongs to it. */
export interface OpenedBackend {
  readonly store: SessionStore
  /** `null` if none was requested, or if the sessions cannot change without this store. */
  readonly channel: RevocationChannel | null
  /** Closes what `open` has opened, and nothing that was passed in. Called once, after the last operation. */
  close(): Promise<void>
}

/**
 * A database that `coatcheck` opens when it is first used: `sqlite`, `postgres`, `memory`, or your own.
 * Creating it does no I/O.
 */
export interface SessionBackend {
  /**
   * Whether sessions are cached unless the option `cache` decides. `true` only if the cache never
   * accepts a session for longer than the store would. Default `false`.
   */
  readonly cachesByDefault?: boolean
  /** `sweepBatch` of its store, which is needed before the store is open. */
  readonly sweepBatch?: number
  /**
   * Opens the store. Rejects with `SessionError` if the backend fails, and leaves nothing open then; the
   * next use of the sessions calls it again.
   */
  open(request: BackendRequest): Promise<OpenedBackend>
}
