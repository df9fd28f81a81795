import type { ChannelFailure } from '../domain/events.ts'
import type { GrantId } from '../domain/grant.ts'
import type { SessionId } from '../domain/session.ts'
import type { Milliseconds } from '../domain/time.ts'
import type { MonotonicClock } from './system.ts'

/** Receives changes. Called synchronously, so each method must be fast, and none may throw. */
export interface RevocationListener {
  /**
   * The session changed in more than its activity: it ended, was deleted, or got a new secret or data. Also the id of a
   * grant that ended, was deleted, or was refreshed.
   */
  onChange(id: SessionId | GrantId): void
  /** Changes may have been missed: any session or grant may have changed. */
  onReset(): void
  /** Upper bound of the propagation delay, measured with a heartbeat. */
  onLatency(latency: Milliseconds): void
  /**
   * No changes are reported until a heartbeat is acknowledged; `onReset` is called before that. `cause` is
   * one sentence about the error of the driver, without parameters and passwords, or `null`.
   */
  onInterrupted(reason: ChannelFailure, cause: string | null): void
}

export interface SubscriptionOptions {
  readonly listener: RevocationListener
  /** Clock of `freshAsOf`. */
  readonly clock: MonotonicClock
  /**
   * How long an acknowledged heartbeat is trusted. `requestHeartbeat` is called several times within
   * it, and a connection that is silent for this long is closed.
   */
  readonly leaseDuration: Milliseconds
}

export interface RevocationSubscription {
  /**
   * An instant of the subscription's clock, never ahead of it: every change committed before it has
   * been reported, by `onChange` or `onReset`. `-Infinity` if there is no such instant.
   */
  freshAsOf(): Milliseconds
  /** Sends a heartbeat, and connects if there is no connection. Returns immediately; never throws. */
  requestHeartbeat(): void
  /** Releases all resources. Afterwards nothing is reported, and `freshAsOf` is `-Infinity`. */
  close(): Promise<void>
}

/**
 * Reports changes of sessions and grants from every source: this process, another process, a cascade, direct SQL.
 * Every sentence here is a case of the channel contract suite, except those on a failing backend,
 * which each channel tests itself.
 *
 * A change is reported after its commit, so that a read on notification returns it. Activity alone is
 * not reported. Changes may be reported twice, and rolled-back changes may be reported.
 */
export interface RevocationChannel {
  /** Starts to listen. Does not throw if the backend fails; `freshAsOf` stays `-Infinity`. */
  subscribe(options: SubscriptionOptions): RevocationSubscription
}
