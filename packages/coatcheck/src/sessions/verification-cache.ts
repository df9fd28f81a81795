import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Clock } from '../ports/clock.ts'
import type { EventSink } from '../ports/event-sink.ts'
import type { RevocationListener } from '../ports/revocation-channel.ts'
import type { Activity, SessionStore } from '../ports/session-store.ts'
import { createBoundedRecords } from './bounded-records.ts'
import type { ResolvedCacheOptions } from './cache-options.ts'
import { type CacheStatistics, createDelayCounter } from './cache-statistics.ts'
import { createLease, type Lease } from './lease.ts'
import { createSharedReads, type OnRead } from './shared-reads.ts'

/** Whether a record that was just read is worth keeping. */
export type Keep = (record: SessionRecord) => boolean

/**
 * Records of sessions in use. What it holds may lag behind the store by as much as the lease
 * allows, so it is asked for a yes only: whoever finds none in it asks the store.
 */
export interface VerificationCache {
  /** The record in memory while the lease holds, else `null`. It counts as used. */
  recall(id: SessionId): SessionRecord | null
  /**
   * Reads from the store, sharing a read under way; keeps the record if
   * any of those who wait for it says so.
   */
  find(id: SessionId, keep: Keep): Promise<SessionRecord | null>
  /** As `find`, by a read that begins now. */
  findFresh(id: SessionId, keep: Keep): Promise<SessionRecord | null>
  /** Counts a verification that memory answered. */
  noteHit(): void
  /** The session changed: neither what is known of it counts any more nor what is being read. */
  forget(id: SessionId): void
  forgetAll(): void
  /** The store has taken note of activity. */
  touched(activities: readonly Activity[]): void
  statistics(): CacheStatistics
  close(): Promise<void>
}

export interface VerificationCacheParts {
  readonly store: Pick<SessionStore, 'find'>
  readonly clock: Clock
  readonly report: EventSink
}

/** Begins to listen, and starts its timer, with the first verification. */
export function createVerificationCache(
  options: ResolvedCacheOptions,
  { store, clock, report }: VerificationCacheParts,
): VerificationCache {
  const records = createBoundedRecords(options)
  const reads = createSharedReads({
    read,
    isToldOfChanges: leaseHolds,
    clock: options.monotonicClock,
    longestWait: options.leaseDuration,
  })
  const delays = createDelayCounter()
  let lease: Lease | null = null
  const counts = { hits: 0, misses: 0, invalidations: 0 }

  const listener: RevocationListener = {
    changed: forget,
    anyChanged: forgetAll,
    delayed: delays.note,
    interrupted: (reason) =>
      report({ type: 'revocation-channel-interrupted', at: clock.now(), reason }),
  }

  function leaseHolds(): boolean {
    lease ??= createLease({ ...options, listener, clock })
    return lease.holds()
  }

  function forget(id: SessionId): void {
    reads.taint(id)
    drop(id)
  }

  function drop(id: SessionId): void {
    if (records.delete(id)) counts.invalidations += 1
  }

  function forgetAll(): void {
    reads.taintAll()
    counts.invalidations += records.size()
    records.clear()
  }

  /** What the store says counts from now on, also where whoever asked does not hold the secret. */
  async function read(id: SessionId): Promise<SessionRecord | null> {
    const record = await store.find(id)
    const known = records.peek(id)
    if (known !== undefined && !isSameVersion(known, record)) drop(id)
    return record
  }

  function noteIf(keep: Keep): OnRead {
    return (record) => {
      if (record !== null && keep(record)) records.set(record)
    }
  }

  return {
    // The lease first: the look that it takes may be what tells of a change.
    recall: (id) => (leaseHolds() ? (records.get(id) ?? null) : null),
    find(id, keep) {
      counts.misses += 1
      return reads.share(id, noteIf(keep))
    },
    findFresh(id, keep) {
      counts.misses += 1
      return reads.begin(id, noteIf(keep))
    },
    noteHit() {
      counts.hits += 1
    },
    forget,
    forgetAll,
    touched(activities) {
      for (const { id, at } of activities) records.replace(id, (record) => withActivity(record, at))
    },
    statistics: () => ({
      ...counts,
      sharedReads: reads.shared(),
      leaseHeld: lease?.heldLast() ?? false,
      leaseLosses: lease?.losses() ?? 0,
      evictions: records.evictions(),
      entries: records.size(),
      bytes: records.bytes(),
      propagation: delays.statistics(),
    }),
    async close() {
      forgetAll()
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
function isSameVersion(known: SessionRecord, read: SessionRecord | null): boolean {
  if (read === null || read.endedAt !== null) return false
  return known.dataVersion === read.dataVersion && sameBytes(known.secretHash, read.secretHash)
}

/** Plain comparison: both are what the store said. */
function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
