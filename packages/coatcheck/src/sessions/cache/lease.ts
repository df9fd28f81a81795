import type { Milliseconds } from '../../domain/time.ts'
import type { RevocationChannel, RevocationListener } from '../../ports/revocation-channel.ts'
import type { Clock, MonotonicClock } from '../../ports/system.ts'
import { unref } from '../../ports/unref.ts'

/** The permission to use the cache. Heartbeats of the channel renew it. */
export interface Lease {
  /** Whether the listener has received every change older than the lease duration. */
  isHeld(): boolean
  /** The last result of `isHeld`. */
  wasHeld(): boolean
  /** How often `isHeld` has changed from true to false. */
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

/** How often to check that this process is running, in ms. */
const pollInterval = 10

/**
 * Gaps between two checks that count as a pause of the process, in ms. What arrived during a short
 * pause is read within one round of the event loop. What arrived during a long one may exceed the
 * socket buffer, so a new heartbeat is needed.
 */
const shortPause = 12
const longPause = 30

/** Difference between the clocks' progress from which on the system clock counts as set, in ms. */
const maxClockDrift = 100

/** Heartbeats requested per lease, so that two may be late. */
const heartbeatsPerLease = 4

/**
 * A heartbeat is valid for `leaseDuration` from its request. It is not valid if this process was
 * paused (stopped, swapped out, suspended) or the clock was set after it: changes may wait in a
 * socket, and a request could be handled before them.
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
  const timer = unref(setInterval(tick, pollInterval))

  /** Detects a pause or a set clock since the last check. Returns the current time. */
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

  /** Waits for two rounds: the events of the current one may have been polled before the pause. */
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
