import type { Milliseconds } from '../../domain/time.ts'
import type { Clock, MonotonicClock } from '../../ports/clock.ts'
import type { RevocationChannel, RevocationListener } from '../../ports/revocation-channel.ts'

/** The right to answer from memory, which has to be earned anew all the time. */
export interface Lease {
  /** Whether the listener has been told of every change that is older than the lease lasts. */
  isHeld(): boolean
  /** Whether it did when somebody last asked. */
  wasHeld(): boolean
  /** How often it held and then no longer did, as far as anybody asked. */
  lossCount(): number
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
const pollInterval = 10

/**
 * How long a pause between two looks counts as a stop, in ms. What came during a short one is read
 * within one round of the event loop. What came during a longer one may be more than a socket
 * holds: then a new proof is asked for.
 */
const shortPause = 12
const longPause = 30

/** How far the two clocks may drift apart between two looks before one counts as set, in ms. */
const maxClockDrift = 100

/** Proofs asked for in one lease: two may be late. */
const heartbeatsPerLease = 4

/**
 * A lease on a channel. A proof counts for `leaseDuration` from the moment it was asked for. It
 * does not count at all once this process stood still (stopped, swapped out, its machine asleep) or
 * the clock was set: what came meanwhile waits in a socket, and a request could be read before it.
 */
export function createLease(options: LeaseOptions): Lease {
  const { channel, listener, leaseDuration, monotonicClock, clock } = options
  const subscription = channel.subscribe({ listener, clock: monotonicClock, leaseDuration })
  let lastCheckedAt = monotonicClock.now()
  let lastWallClock = clock.now()
  let trustedSince = Number.NEGATIVE_INFINITY
  let requestedAt = lastCheckedAt
  let held = false
  let lossCount = 0
  let isAwaitingEventLoop = false
  const timer = setInterval(tick, pollInterval).unref()

  /** Returns the moment, after a look at whether we stood still until then. */
  function checkClocks(): Milliseconds {
    const at = monotonicClock.now()
    const wallClock = clock.now()
    const gap = at - lastCheckedAt
    if (gap > longPause || Math.abs(wallClock - lastWallClock - gap) > maxClockDrift) {
      trustedSince = at
      requestHeartbeat(at)
    } else if (gap > shortPause && !isAwaitingEventLoop) {
      awaitEventLoop()
    }
    lastCheckedAt = at
    lastWallClock = wallClock
    return at
  }

  /** The first check may end a round whose events were taken from the system before the stop. */
  function awaitEventLoop(): void {
    isAwaitingEventLoop = true
    setImmediate(() =>
      setImmediate(() => {
        isAwaitingEventLoop = false
      }),
    )
  }

  function requestHeartbeat(at: Milliseconds): void {
    requestedAt = at
    subscription.requestHeartbeat()
  }

  function tick(): void {
    const at = checkClocks()
    if (at - requestedAt >= leaseDuration / heartbeatsPerLease) requestHeartbeat(at)
  }

  return {
    isHeld() {
      const at = checkClocks()
      const freshAsOf = subscription.freshAsOf()
      const isHeld =
        !isAwaitingEventLoop && freshAsOf >= trustedSince && at - freshAsOf < leaseDuration
      if (held && !isHeld) lossCount += 1
      held = isHeld
      return isHeld
    },
    wasHeld: () => held,
    lossCount: () => lossCount,
    async close() {
      clearInterval(timer)
      held = false
      await subscription.close()
    },
  }
}
