import { isCorruptRecord } from '../../domain/errors.ts'
import type { SessionEvent } from '../../domain/events.ts'
import type { UserId } from '../../domain/session.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type { RevocationListener } from '../../ports/revocation-channel.ts'
import type { Clock } from '../../ports/system.ts'
import type { ResolvedCacheOptions } from '../resolve-options.ts'
import type { CachedRecord, RecordKind } from './cached-record.ts'
import type { Lease } from './lease.ts'
import { createSecondChanceCache } from './second-chance-cache.ts'
import { openSharedLease } from './shared-lease.ts'
import { type Accepts, createSingleFlight } from './single-flight.ts'

/**
 * Caches the records of sessions or grants in use. A record may be outdated by at most the lease, so a caller
 * may accept a token by it but must not reject one.
 */
export interface VerificationCache<Cached extends CachedRecord> {
  /** The cached record, or `null`. Always `null` while the lease is not held. Counts as a use. */
  get(id: Cached['id']): Cached | null
  /**
   * Reads from the store, or joins a read in flight. Caches the record if any of the callers accepts
   * it. The result of a read that started before the call is only returned if this caller accepts it.
   */
  load(id: Cached['id'], accepts: Accepts<Cached>): Promise<Cached | null>
  /** As `load`, but never joins a read. */
  loadUncached(id: Cached['id'], accepts: Accepts<Cached>): Promise<Cached | null>
  /** Reads from the store for another purpose than a verification, and caches nothing. */
  read(id: Cached['id']): Promise<Cached | null>
  /** Drops the cached record and the results of reads in flight if they differ from a record of the store. */
  observe(record: Cached): void
  /** Whether the lease is held, so that changes of other processes are reported. Starts the lease. */
  isLive(): boolean
  /** Counts a verification that the cache answered. */
  countHit(): void
  /** Drops the cached record and the results of reads in flight. */
  invalidate(id: Cached['id']): void
  /** Drops the cached records of a user, except one, and the results of all reads in flight. */
  invalidateUser(userId: UserId, except: Cached['id'] | null): void
  /** Drops every record, and what is being read. */
  invalidateAll(): void
  /** Updates a cached record by what was written to the store. */
  update(id: Cached['id'], change: (record: Cached) => Cached): void
  statistics(): CacheStatistics
  close(): Promise<void>
}

/** Counters of the verification cache since its creation. They never decrease. */
export interface CacheStatistics {
  /** Verifications answered by the cache. */
  readonly hits: number
  /** Verifications that read the store: not cached, no lease, not acceptable, or `skipCache`. */
  readonly misses: number
  /** Misses that joined the read of another verification. */
  readonly coalescedReads: number
  /** Whether the lease was held when it was last checked. */
  readonly leaseHeld: boolean
  readonly leaseLosses: number
  /** Records dropped because of a change. */
  readonly invalidations: number
  /** Records dropped to free space. */
  readonly evictions: number
  /** Currently cached records. */
  readonly entries: number
  /** Their estimated size. */
  readonly bytes: number
  /** Delivery times of channel messages. Empty for a channel that polls the database. */
  readonly propagation: DelayStatistics
}

/** A histogram with cumulative buckets, as in Prometheus. */
export interface DelayStatistics {
  readonly count: number
  /** Sum of all delays. */
  readonly total: Milliseconds
  readonly max: Milliseconds
  /** `count` is the number of delays up to and including `upperBound`. */
  readonly buckets: readonly { readonly upperBound: Milliseconds; readonly count: number }[]
}

export interface VerificationCacheDependencies<Cached extends CachedRecord> {
  /** Reads from the store. */
  readonly find: (id: Cached['id']) => Promise<Cached | null>
  readonly kind: RecordKind<Cached>
  readonly clock: Clock
  readonly report: (
    event: Extract<SessionEvent, { readonly type: 'revocation-channel-interrupted' }>,
  ) => void
  /** Receive the changes that the channel reports, after they were applied. */
  readonly onChange: (id: Cached['id']) => void
  readonly onReset: () => void
}

/** The first verification subscribes to the channel and starts the timer. */
export function createVerificationCache<Cached extends CachedRecord>(
  options: ResolvedCacheOptions,
  dependencies: VerificationCacheDependencies<Cached>,
): VerificationCache<Cached> {
  const { kind, clock, report, onChange, onReset } = dependencies
  const records = createSecondChanceCache(options, kind.estimateSize)
  const singleFlight = createSingleFlight({
    find,
    isSameVersion: kind.isSameVersion,
    onRead: dropIfDifferent,
    keep: records.set,
    isInvalidationLive: isLeaseHeld,
    clock: options.monotonicClock,
    maxShareAge: options.leaseDuration,
  })
  const delayHistogram = createHistogram()
  let lease: Lease | null = null
  const counts = { hits: 0, misses: 0, invalidations: 0 }

  const listener: RevocationListener = {
    onChange(changedId) {
      // Sessions and grants share a channel. An id of the other kind names no record of this one.
      const id = changedId as string as Cached['id']
      invalidate(id)
      onChange(id)
    },
    onReset() {
      invalidateAll()
      onReset()
    },
    onLatency: delayHistogram.observe,
    onInterrupted: (reason, cause) =>
      report({ type: 'revocation-channel-interrupted', at: clock.now(), reason, cause }),
  }

  function isLeaseHeld(): boolean {
    lease ??= openSharedLease({ ...options, listener, clock })
    return lease.isHeld()
  }

  function invalidate(id: Cached['id']): void {
    singleFlight.invalidate(id)
    remove(id)
  }

  function remove(id: Cached['id']): void {
    if (records.delete(id)) counts.invalidations += 1
  }

  function invalidateAll(): void {
    singleFlight.invalidateAll()
    counts.invalidations += records.size()
    records.clear()
  }

  function invalidateUser(userId: UserId, except: Cached['id'] | null): void {
    // The users of the records that are being read are not known yet.
    singleFlight.invalidateAll()
    for (const id of records.idsOfUser(userId)) if (id !== except) remove(id)
  }

  /** Nothing that was read before or concurrently may hide that a record is corrupt. */
  async function find(id: Cached['id']): Promise<Cached | null> {
    try {
      return await dependencies.find(id)
    } catch (error) {
      if (isCorruptRecord(error)) invalidate(id)
      throw error
    }
  }

  /** Even if the client turns out not to hold the secret. */
  function dropIfDifferent(id: Cached['id'], record: Cached | null): void {
    const cached = records.peek(id)
    if (cached === undefined) return
    if (record === null || !kind.isSameVersion(cached, record)) remove(id)
  }

  return {
    // The lease first: checking it may poll the channel, which may invalidate the record.
    get: (id) => (isLeaseHeld() ? (records.get(id) ?? null) : null),
    load(id, accepts) {
      counts.misses += 1
      return singleFlight.join(id, accepts)
    },
    loadUncached(id, accepts) {
      counts.misses += 1
      return singleFlight.start(id, accepts)
    },
    read: singleFlight.read,
    observe(record) {
      dropIfDifferent(record.id, record)
      singleFlight.observe(record.id, record)
    },
    isLive: isLeaseHeld,
    countHit() {
      counts.hits += 1
    },
    invalidate,
    invalidateUser,
    invalidateAll,
    update: records.replace,
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

const bounds: readonly Milliseconds[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]

function createHistogram() {
  const counts = bounds.map(() => 0)
  let count = 0
  let total = 0
  let max = 0

  return {
    observe(delay: Milliseconds): void {
      count += 1
      total += delay
      max = Math.max(max, delay)
      bounds.forEach((upperBound, index) => {
        if (delay <= upperBound) counts[index] = (counts[index] ?? 0) + 1
      })
    },
    statistics: (): DelayStatistics => ({
      count,
      total,
      max,
      buckets: bounds.map((upperBound, index) => ({ upperBound, count: counts[index] ?? 0 })),
    }),
  }
}
