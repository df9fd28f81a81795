import type { RevocationChannel, RevocationListener } from '../../ports/revocation-channel.ts'
import { createLease, type Lease, type LeaseOptions } from './lease.ts'

/** A lease in use, and the listeners of the caches under it. */
interface SharedLease {
  readonly options: LeaseOptions
  readonly lease: Lease
  readonly listeners: Set<RevocationListener>
}

/** Per channel, so that a test or a second application with a channel of its own shares nothing. */
const leasesOf = new WeakMap<RevocationChannel, Set<SharedLease>>()

/**
 * Returns the lease of a channel: one subscription, with one timer and one set of heartbeats, serves every cache that
 * uses the same channel, clocks and duration. The last one that closes it ends the subscription.
 */
export function openSharedLease(options: LeaseOptions): Lease {
  const leases = leasesOf.get(options.channel) ?? new Set()
  leasesOf.set(options.channel, leases)
  const existing = [...leases].find((each) => isSame(each.options, options))
  const shared = existing ?? createSharedLease(options)
  leases.add(shared)
  const { lease, listeners } = shared
  if (existing !== undefined) {
    listeners.add(options.listener)
    // What happened before was reported to the others only.
    options.listener.onReset()
  }
  return {
    isHeld: () => listeners.has(options.listener) && lease.isHeld(),
    wasHeld: () => listeners.has(options.listener) && lease.wasHeld(),
    lossCount: lease.lossCount,
    async close() {
      const isLast = listeners.delete(options.listener) && listeners.size === 0
      if (!isLast) return
      leases.delete(shared)
      await lease.close()
    },
  }
}

function isSame(one: LeaseOptions, other: LeaseOptions): boolean {
  return (
    one.leaseDuration === other.leaseDuration &&
    one.clock === other.clock &&
    one.monotonicClock === other.monotonicClock
  )
}

function createSharedLease(options: LeaseOptions): SharedLease {
  const listeners = new Set([options.listener])
  const listener: RevocationListener = {
    onChange(id) {
      for (const each of listeners) each.onChange(id)
    },
    onReset() {
      for (const each of listeners) each.onReset()
    },
    onLatency(latency) {
      for (const each of listeners) each.onLatency(latency)
    },
    onInterrupted(reason, cause) {
      for (const each of listeners) each.onInterrupted(reason, cause)
    },
  }
  return { options, lease: createLease({ ...options, listener }), listeners }
}
