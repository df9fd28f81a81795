import { isSameVersion, type SessionId, type SessionRecord } from '../../domain/session.ts'

/** The result of a store read. */
export interface TrackedRead {
  readonly record: SessionRecord | null
  /** Whether this process has learned of a change since the read started. */
  readonly isOutdated: boolean
}

/** Reads sessions from the store and knows which reads in flight a change may have outdated. */
export interface ReadTracker {
  read(id: SessionId): Promise<TrackedRead>
  /** As the end of a read: outdates the reads in flight that return something else. */
  observe(id: SessionId, record: SessionRecord | null): void
  /** Outdates all reads in flight of the session. */
  invalidate(id: SessionId): void
  invalidateAll(): void
}

export interface ReadTrackerOptions {
  readonly find: (id: SessionId) => Promise<SessionRecord | null>
  /** Receives what each read returned. */
  readonly onRead: (id: SessionId, record: SessionRecord | null) => void
}

/** The reads in flight of one session, and what was learned while there were any. */
interface ReadsInFlight {
  count: number
  /** Number of the last change. Reads that started before it are outdated. */
  changedAt: number
  /** What was read last, if anything. */
  last: { readonly record: SessionRecord | null } | null
  /** What was read of an ended or deleted session. It never becomes active again. */
  final: { readonly record: SessionRecord | null } | null
}

/** Remembers a session only while it has reads in flight, and takes constant time for each read. */
export function createReadTracker({ find, onRead }: ReadTrackerOptions): ReadTracker {
  const sessions = new Map<SessionId, ReadsInFlight>()
  /** Counts changes. */
  let changes = 0

  function enter(id: SessionId): ReadsInFlight {
    const reads = sessions.get(id) ?? { count: 0, changedAt: 0, last: null, final: null }
    reads.count += 1
    sessions.set(id, reads)
    return reads
  }

  function leave(id: SessionId, reads: ReadsInFlight): void {
    reads.count -= 1
    if (reads.count === 0) sessions.delete(id)
  }

  function markChanged(reads: ReadsInFlight): void {
    changes += 1
    reads.changedAt = changes
    reads.last = null
  }

  /** Two reads that return different versions: either may be the earlier one. */
  function compareWithLast(reads: ReadsInFlight, record: SessionRecord | null): void {
    if (reads.last !== null && !isSameVersion(reads.last.record, record)) markChanged(reads)
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
        // Another read may have returned the end of the session before this one, which is older.
        const latest = reads.final === null ? record : reads.final.record
        return { record: latest, isOutdated: reads.changedAt > startedAt }
      } finally {
        leave(id, reads)
      }
    },
    observe(id, record) {
      const reads = sessions.get(id)
      if (reads !== undefined) compareWithLast(reads, record)
    },
    invalidate(id) {
      const reads = sessions.get(id)
      if (reads !== undefined) markChanged(reads)
    },
    invalidateAll() {
      for (const reads of sessions.values()) markChanged(reads)
    },
  }
}
