import type { SessionId, SessionRecord } from '../../domain/session.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EventSink } from '../../ports/event-sink.ts'
import type { RevocationListener } from '../../ports/revocation-channel.ts'
import type { Activity, SessionStore } from '../../ports/session-store.ts'
import type { ResolvedCacheOptions } from '../cache-options.ts'
import { type CacheStatistics, createHistogram } from './cache-statistics.ts'
import { createClockCache } from './clock-cache.ts'
import { createLease, type Lease } from './lease.ts'
import { createSingleFlight, type OnLoaded } from './single-flight.ts'

/** Whether a record that was just read is worth keeping. */
export type ShouldCache = (record: SessionRecord) => boolean

/**
 * Records of sessions in use. What it holds may lag behind the store by as much as the lease
 * allows, so it is asked for a yes only: whoever finds none in it asks the store.
 */
export interface VerificationCache {
  /** The record in memory while the lease holds, else `null`. It counts as used. */
  get(id: SessionId): SessionRecord | null
  /**
   * Reads from the store, sharing a read under way; keeps the record if
   * any of those who wait for it says so.
   */
  load(id: SessionId, shouldCache: ShouldCache): Promise<SessionRecord | null>
  /** As `find`, by a read that begins now. */
  loadFresh(id: SessionId, shouldCache: ShouldCache): Promise<SessionRecord | null>
  /** Counts a verification that memory answered. */
  countHit(): void
  /** The session changed: neither what is known of it counts any more nor what is being read. */
  invalidate(id: SessionId): void
  invalidateAll(): void
  /** The store has taken note of activity. */
  updateActivity(activities: readonly Activity[]): void
  statistics(): CacheStatistics
  close(): Promise<void>
}

export interface VerificationCacheDependencies {
  readonly store: Pick<SessionStore, 'find'>
  readonly clock: Clock
  readonly report: EventSink
}

/** Begins to listen, and starts its timer, with the first verification. */
export function createVerificationCache(
  options: ResolvedCacheOptions,
  { store, clock, report }: VerificationCacheDependencies,
): VerificationCache {
  const records = createClockCache(options)
  const singleFlight = createSingleFlight({
    read,
    isInvalidationLive: isLeaseHeld,
    clock: options.monotonicClock,
    maxShareAge: options.leaseDuration,
  })
  const delayHistogram = createHistogram()
  let lease: Lease | null = null
  const counts = { hits: 0, misses: 0, invalidations: 0 }

  const listener: RevocationListener = {
    onChange: invalidate,
    onReset: invalidateAll,
    onLatency: delayHistogram.observe,
    onInterrupted: (reason) =>
      report({ type: 'revocation-channel-interrupted', at: clock.now(), reason }),
  }

  function isLeaseHeld(): boolean {
    lease ??= createLease({ ...options, listener, clock })
    return lease.isHeld()
  }

  function invalidate(id: SessionId): void {
    singleFlight.invalidate(id)
    remove(id)
  }

  function remove(id: SessionId): void {
    if (records.delete(id)) counts.invalidations += 1
  }

  function invalidateAll(): void {
    singleFlight.invalidateAll()
    counts.invalidations += records.size()
    records.clear()
  }

  /** What the store says counts from now on, also where whoever asked does not hold the secret. */
  async function read(id: SessionId): Promise<SessionRecord | null> {
    const record = await store.find(id)
    const cached = records.peek(id)
    if (cached !== undefined && !isSameVersion(cached, record)) remove(id)
    return record
  }

  function storeIf(shouldCache: ShouldCache): OnLoaded {
    return (record) => {
      if (record !== null && shouldCache(record)) records.set(record)
    }
  }

  return {
    // The lease first: the look that it takes may be what tells of a change.
    get: (id) => (isLeaseHeld() ? (records.get(id) ?? null) : null),
    load(id, shouldCache) {
      counts.misses += 1
      return singleFlight.join(id, storeIf(shouldCache))
    },
    loadFresh(id, shouldCache) {
      counts.misses += 1
      return singleFlight.start(id, storeIf(shouldCache))
    },
    countHit() {
      counts.hits += 1
    },
    invalidate,
    invalidateAll,
    updateActivity(activities) {
      for (const { id, at } of activities) records.replace(id, (record) => withActivity(record, at))
    },
    statistics: () => ({
      ...counts,
      coalescedReads: singleFlight.joinedCount(),
      leaseHeld: lease?.wasHeld() ?? false,
      leaseLosses: lease?.lossCount() ?? 0,
      evictions: records.evictions(),
      entries: records.size(),
      bytes: records.bytes(),
      propagation: delayHistogram.statistics(),
    }),
    async close() {
      invalidateAll()
      await lease?.close()
    },
  }
}

/**
 * Idle clocks in memory follow those in the store, or a session in use
 * would be taken for idle here.
 */
function withActivity(record: SessionRecord, at: number): SessionRecord {
  return at > record.lastActivityAt ? { ...record, lastActivityAt: at } : record
}

/** Whether nothing but activity lies between the two. */
function isSameVersion(cached: SessionRecord, read: SessionRecord | null): boolean {
  if (read === null || read.endedAt !== null) return false
  return cached.dataVersion === read.dataVersion && sameBytes(cached.secretHash, read.secretHash)
}

/** Plain comparison: both are what the store said. */
function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
