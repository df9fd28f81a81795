import type { ChannelFailure } from '../domain/events.ts'
import type { SessionId } from '../domain/session.ts'
import type { Milliseconds } from '../domain/time.ts'
import type { MonotonicClock } from './clock.ts'

/** Who is told of changes. Called synchronously, so each must be quick, and none may throw. */
export interface RevocationListener {
  /**
   * The session changed in more than its activity: it ended, its secret or data was
   * replaced, it was removed.
   */
  onChange(id: SessionId): void
  /** Changes went untold: any session may have changed. */
  onReset(): void
  /** How long a word took to get here: an upper bound, measured by a word of our own. */
  onLatency(latency: Milliseconds): void
  /**
   * Nothing can be told until the channel has proved itself again; before it
   * does, it calls `anyChanged`.
   */
  onInterrupted(reason: ChannelFailure): void
}

/** What a subscription is for. */
export interface SubscriptionOptions {
  readonly listener: RevocationListener
  /** What `provenAt` is measured by. */
  readonly clock: MonotonicClock
  /**
   * How long a proof will be trusted: `prove` is called several times in it, and a connection that
   * is silent for so long is given up.
   */
  readonly leaseDuration: Milliseconds
}

/** A listener's tie to the channel. */
export interface RevocationSubscription {
  /**
   * A moment of the terms' clock, never ahead of it: every change that was committed before has
   * been told, one by one or by `anyChanged`. `-Infinity` while that is true of no moment.
   */
  freshAsOf(): Milliseconds
  /**
   * Asks for a newer proof, and for a connection where there is none. Comes
   * back at once; never throws.
   */
  requestHeartbeat(): void
  /**
   * Lets go of what the subscription holds. Afterwards nothing is told, and
   * `provenAt` is `-Infinity`.
   */
  close(): Promise<void>
}

/**
 * Tells of changes to sessions, whoever makes them: this process, another, a cascade, a hand at the
 * database's shell. Every sentence here is a case of the channel contract suite, but for those on a
 * failing backend: how one fails is each channel's own, and so are the tests of it.
 *
 * A change is told after it was committed, never before: who then reads, reads the change. Activity
 * alone is not told. To tell of a change twice, or of one that was undone, does no harm.
 */
export interface RevocationChannel {
  /** Begins to listen. A failing backend is no error here: nothing is proved then. */
  subscribe(options: SubscriptionOptions): RevocationSubscription
}
