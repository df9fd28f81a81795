import type { SessionId, SessionRecord } from '../domain/session.ts'

/** Records in memory, within bounds. */
export interface BoundedRecords {
  /** The record, which counts as used. */
  get(id: SessionId): SessionRecord | undefined
  /** Keeps the record, and lets go of others where there is no room. */
  set(record: SessionRecord): void
  /** Puts a newer record in the place of one that is there, and changes nothing else. */
  replace(id: SessionId, change: (record: SessionRecord) => SessionRecord): void
  delete(id: SessionId): boolean
  clear(): void
  size(): number
  bytes(): number
  /** How many were let go of to make room. */
  evictions(): number
}

export interface Bounds {
  readonly maxEntries: number
  readonly maxBytes: number
}

interface Entry {
  record: SessionRecord
  readonly bytes: number
  /** Used since the hand last passed. */
  used: boolean
}

/**
 * Second chance: a hand goes round, passes over what was used since its last visit, and takes the first
 * that was not. A hit then costs a flag, where keeping a list in order of use would cost two writes.
 */
export function createBoundedRecords({ maxEntries, maxBytes }: Bounds): BoundedRecords {
  /** In the order in which the hand gets to them. */
  const entries = new Map<SessionId, Entry>()
  let bytes = 0
  let evictions = 0

  function remove(id: SessionId): boolean {
    const entry = entries.get(id)
    if (entry === undefined) return false
    bytes -= entry.bytes
    return entries.delete(id)
  }

  function makeRoom(): void {
    for (const [id, entry] of entries) {
      if (entries.size <= maxEntries && bytes <= maxBytes) return
      if (entry.used) {
        entry.used = false
        // Behind all others: the hand gets to it again when it has been round.
        entries.delete(id)
        entries.set(id, entry)
      } else {
        remove(id)
        evictions += 1
      }
    }
  }

  return {
    get(id) {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      entry.used = true
      return entry.record
    },
    set(record) {
      remove(record.id)
      const entry = { record, bytes: sizeOf(record), used: false }
      entries.set(record.id, entry)
      bytes += entry.bytes
      makeRoom()
    },
    replace(id, change) {
      const entry = entries.get(id)
      if (entry !== undefined) entry.record = change(entry.record)
    },
    delete: remove,
    clear() {
      entries.clear()
      bytes = 0
    },
    size: () => entries.size,
    bytes: () => bytes,
    evictions: () => evictions,
  }
}

/** What a record takes without its texts: measured, see decision 012. */
const bytesOfRecord = 1_000

/** An estimate on the high side: texts count two bytes a character, which most do not take. */
function sizeOf({ userId, ipAddress, userAgent, data }: SessionRecord): number {
  const characters =
    userId.length + (ipAddress?.length ?? 0) + (userAgent?.length ?? 0) + data.length
  return bytesOfRecord + 2 * characters
}
