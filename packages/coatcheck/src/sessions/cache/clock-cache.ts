import type { SessionId, SessionRecord } from '../../domain/session.ts'

/** Records in memory, within bounds. */
export interface ClockCache {
  /** The record, which does not count as used. */
  peek(id: SessionId): SessionRecord | undefined
  /** The record, which counts as used. */
  get(id: SessionId): SessionRecord | undefined
  /** Keeps the record, and lets go of others where there is no room. */
  set(record: SessionRecord): void
  /** Puts a newer record in the place of one that is there, and changes nothing else. */
  replace(id: SessionId, update: (record: SessionRecord) => SessionRecord): void
  delete(id: SessionId): boolean
  clear(): void
  size(): number
  bytes(): number
  /** How many were let go of to make room. */
  evictions(): number
}

export interface CacheLimits {
  readonly maxEntries: number
  readonly maxBytes: number
}

interface Entry {
  record: SessionRecord
  readonly bytes: number
  /** Where it stands in the ring. */
  index: number
  /** Used since the hand last passed. */
  referenced: boolean
}

/**
 * Entries passed over for one that is taken, at most: where all are in use, room
 * must still be made at once.
 */
const maxSecondChances = 100

/**
 * Second chance: a hand goes round, passes over what was used since its last visit, and
 * takes the first that was not. A hit then costs a flag, where keeping a list in order of
 * use would cost two writes.
 */
export function createClockCache({ maxEntries, maxBytes }: CacheLimits): ClockCache {
  const entries = new Map<SessionId, Entry>()
  /** The same without gaps, for the hand. */
  const ring: Entry[] = []
  let hand = 0
  let bytes = 0
  let evictions = 0

  function remove(id: SessionId): boolean {
    const entry = entries.get(id)
    if (entry === undefined) return false
    bytes -= entry.bytes
    const last = ring.pop()
    if (last !== undefined && last !== entry) {
      ring[entry.index] = last
      last.index = entry.index
    }
    return entries.delete(id)
  }

  function add(record: SessionRecord): void {
    const entry = { record, bytes: estimateSize(record), index: ring.length, referenced: false }
    entries.set(record.id, entry)
    ring.push(entry)
    bytes += entry.bytes
  }

  function evict(): void {
    let secondChances = maxSecondChances
    while (entries.size > maxEntries || bytes > maxBytes) {
      const entry = ring[hand % ring.length]
      if (entry === undefined) return
      // On from here in either case: what takes the place of one that goes is
      // young, and has its time yet.
      hand = (entry.index + 1) % ring.length
      if (entry.referenced && secondChances > 0) {
        entry.referenced = false
        secondChances -= 1
      } else {
        remove(entry.record.id)
        evictions += 1
      }
    }
  }

  return {
    peek: (id) => entries.get(id)?.record,
    get(id) {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      entry.referenced = true
      return entry.record
    },
    set(record) {
      remove(record.id)
      add(record)
      evict()
    },
    replace(id, update) {
      const entry = entries.get(id)
      if (entry !== undefined) entry.record = update(entry.record)
    },
    delete: remove,
    clear() {
      entries.clear()
      ring.length = 0
      bytes = 0
    },
    size: () => entries.size,
    bytes: () => bytes,
    evictions: () => evictions,
  }
}

/** What a record takes without its texts: measured, see decision 012. */
const baseRecordBytes = 1_000

/** An estimate on the high side: texts count two bytes a character, which most do not take. */
function estimateSize({ userId, ipAddress, userAgent, data }: SessionRecord): number {
  const characters =
    userId.length + (ipAddress?.length ?? 0) + (userAgent?.length ?? 0) + data.length
  return baseRecordBytes + 2 * characters
}
