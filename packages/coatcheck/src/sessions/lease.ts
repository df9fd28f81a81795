import type { Milliseconds } from '../domain/time.ts'
import type { Clock, MonotonicClock } from '../ports/clock.ts'
import type { RevocationChannel, RevocationListener } from '../ports/revocation-channel.ts'

/** The right to answer from memory, which has to be earned anew all the time. */
export interface Lease {
  /** Whether the listener has been told of every change that is older than the lease lasts. */
  holds(): boolean
  /** Whether it did when somebody last asked. */
  heldLast(): boolean
  /** How often it held and then no longer did, as far as anybody asked. */
  losses(): number
  close(): Promise<void>
}

export interface LeaseOptions {
  readonly channel: RevocationChannel
  readonly listener: RevocationListener
  readonly leaseDuration: Milliseconds
  readonly monotonicClock: MonotonicClock
  readonly clock: Clock
}

/** How often this process makes sure that it is running, in ms. */
const pulse = 10

/**
 * How long a pause between two looks counts as a stop, in ms. What came during a short one is read
 * within one round of the event loop. What came during a longer one may be more than a socket
 * holds: then a new proof is asked for.
 */
const shortStop = 12
const longStop = 30

/** How far the two clocks may drift apart between two looks before one counts as set, in ms. */
const longestDrift = 100

/** Proofs asked for in one lease: two may be late. */
const proofsPerLease = 4

/**
 * A lease on a channel. A proof counts for `leaseDuration` from the moment it was asked for. It
 * does not count at all once this process stood still (stopped, swapped out, its machine asleep) or
 * the clock was set: what came meanwhile waits in a socket, and a request could be read before it.
 */
export function createLease(options: LeaseOptions): Lease {
  const { channel, listener, leaseDuration, monotonicClock, clock } = options
  const subscription = channel.subscribe({ listener, clock: monotonicClock, leaseDuration })
  let seenAt = monotonicClock.now()
  let seenWall = clock.now()
  let trustedFrom = Number.NEGATIVE_INFINITY
  let askedAt = seenAt
  let held = false
  let losses = 0
  let isCatchingUp = false
  const timer = setInterval(beat, pulse).unref()

  /** Returns the moment, after a look at whether we stood still until then. */
  function look(): Milliseconds {
    const at = monotonicClock.now()
    const wall = clock.now()
    const gap = at - seenAt
    if (gap > longStop || Math.abs(wall - seenWall - gap) > longestDrift) {
      trustedFrom = at
      ask(at)
    } else if (gap > shortStop && !isCatchingUp) {
      catchUp()
    }
    seenAt = at
    seenWall = wall
    return at
  }

  /** The first check may end a round whose events were taken from the system before the stop. */
  function catchUp(): void {
    isCatchingUp = true
    setImmediate(() =>
      setImmediate(() => {
        isCatchingUp = false
      }),
    )
  }

  function ask(at: Milliseconds): void {
    askedAt = at
    subscription.prove()
  }

  function beat(): void {
    const at = look()
    if (at - askedAt >= leaseDuration / proofsPerLease) ask(at)
  }

  return {
    holds() {
      const at = look()
      const provenAt = subscription.provenAt()
      const holds = !isCatchingUp && provenAt >= trustedFrom && at - provenAt < leaseDuration
      if (held && !holds) losses += 1
      held = holds
      return holds
    },
    heldLast: () => held,
    losses: () => losses,
    async close() {
      clearInterval(timer)
      held = false
      await subscription.close()
    },
  }
}
