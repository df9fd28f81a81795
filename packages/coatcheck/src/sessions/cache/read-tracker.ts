import type { CachedRecord, RecordKind } from './cached-record.ts'

/** The result of a store read. */
export interface TrackedRead<Cached extends CachedRecord> {
  readonly record: Cached | null
  /** Whether this process has learned of a change since the read started. */
  readonly isOutdated: boolean
}

/** Reads records from the store and knows which reads in flight a change may have outdated. */
export interface ReadTracker<Cached extends CachedRecord> {
  read(id: Cached['id']): Promise<TrackedRead<Cached>>
  /** As the end of a read: outdates the reads in flight that return something else. */
  observe(id: Cached['id'], record: Cached | null): void
  /** Outdates all reads in flight of the record. */
  invalidate(id: Cached['id']): void
  invalidateAll(): void
}

export interface ReadTrackerOptions<Cached extends CachedRecord> {
  readonly find: (id: Cached['id']) => Promise<Cached | null>
  /** Receives what each read returned. */
  readonly onRead: (id: Cached['id'], record: Cached | null) => void
  readonly isSameVersion: RecordKind<Cached>['isSameVersion']
}

/** The reads in flight of one record, and what was learned while there were any. */
interface ReadsInFlight<Cached extends CachedRecord> {
  count: number
  /** Number of the last change. Reads that started before it are outdated. */
  changedAt: number
  /** What was read last, if anything. */
  last: { readonly record: Cached | null } | null
  /** What was read of an ended or deleted one. It never becomes active again. */
  final: { readonly record: Cached | null } | null
}

/** Remembers an id only while it has reads in flight, and takes constant time for each read. */
export function createReadTracker<Cached extends CachedRecord>({
  find,
  onRead,
  isSameVersion,
}: ReadTrackerOptions<Cached>): ReadTracker<Cached> {
  const inFlight = new Map<Cached['id'], ReadsInFlight<Cached>>()
  /** Counts changes. */
  let changes = 0

  function enter(id: Cached['id']): ReadsInFlight<Cached> {
    const reads = inFlight.get(id) ?? { count: 0, changedAt: 0, last: null, final: null }
    reads.count += 1
    inFlight.set(id, reads)
    return reads
  }

  function leave(id: Cached['id'], reads: ReadsInFlight<Cached>): void {
    reads.count -= 1
    if (reads.count === 0) inFlight.delete(id)
  }

  function markChanged(reads: ReadsInFlight<Cached>): void {
    changes += 1
    reads.changedAt = changes
    reads.last = null
  }

  function isSame(one: Cached | null, other: Cached | null): boolean {
    if (one === null || other === null) return one === other
    return isSameVersion(one, other)
  }

  /** Two reads that return different versions: either may be the earlier one. */
  function compareWithLast(reads: ReadsInFlight<Cached>, record: Cached | null): void {
    if (reads.last !== null && !isSame(reads.last.record, record)) markChanged(reads)
    reads.last = { record }
    if (record === null || record.endedAt !== null) reads.final = { record }
  }

  return {
    async read(id) {
      const reads = enter(id)
      const startedAt = changes
      try {
        const record = await find(id)
        onRead(id, record)
        compareWithLast(reads, record)
        // Another read may have returned the end before this one, which is older.
        const latest = reads.final === null ? record : reads.final.record
        return { record: latest, isOutdated: reads.changedAt > startedAt }
      } finally {
        leave(id, reads)
      }
    },
    observe(id, record) {
      const reads = inFlight.get(id)
      if (reads !== undefined) compareWithLast(reads, record)
    },
    invalidate(id) {
      const reads = inFlight.get(id)
      if (reads !== undefined) markChanged(reads)
    },
    invalidateAll() {
      for (const reads of inFlight.values()) markChanged(reads)
    },
  }
}
