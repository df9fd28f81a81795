import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Milliseconds } from '../domain/time.ts'
import type { MonotonicClock } from '../ports/clock.ts'

/** Takes note of what was read; not called where it was outdated before it came. */
export type OnRead = (record: SessionRecord | null) => void

/** Reads under way, so that requests which want the same session at once ask the store once. */
export interface SharedReads {
  /** The record, by a read that is under way or begins now. */
  share(id: SessionId, onRead: OnRead): Promise<SessionRecord | null>
  /** The record, by a read that begins now. */
  begin(id: SessionId, onRead: OnRead): Promise<SessionRecord | null>
  /** The session changed: what a read under way brings may be from before. */
  taint(id: SessionId): void
  taintAll(): void
  /** How many reads were shared. */
  shared(): number
}

export interface SharedReadsParts {
  readonly read: (id: SessionId) => Promise<SessionRecord | null>
  /** Whether every change that matters is told of, and so taints the reads that it outdates. */
  readonly isToldOfChanges: () => boolean
  readonly clock: MonotonicClock
  /**
   * How old a read under way may be that is still joined: one that is never answered
   * must hold up nobody else.
   */
  readonly longestWait: Milliseconds
}

interface Reading {
  readonly beganAt: Milliseconds
  /** Of who began it and of all who joined: each may have reason of its own to note what comes. */
  readonly onRead: OnRead[]
  readonly record: Promise<SessionRecord | null>
  tainted: boolean
}

/**
 * A read may bring what a change has outdated since it began. Whoever began it may have that: read
 * and change were under way at once. Whoever came later may not, and neither may memory. So a
 * change taints the reads under way: nobody joins one that is tainted or notes what it brings, and
 * those who had joined it read anew.
 */
export function createSharedReads(parts: SharedReadsParts): SharedReads {
  const { read, isToldOfChanges, clock, longestWait } = parts
  const underWay = new Map<SessionId, Reading>()
  let shared = 0

  async function join(
    id: SessionId,
    { reading, onRead }: { readonly reading: Reading; readonly onRead: OnRead },
  ): Promise<SessionRecord | null> {
    shared += 1
    reading.onRead.push(onRead)
    const record = await reading.record
    return reading.tainted || !isToldOfChanges() ? read(id) : record
  }

  function lead(id: SessionId, onRead: OnRead): Promise<SessionRecord | null> {
    const reading: Reading = {
      beganAt: clock.now(),
      onRead: [onRead],
      record: read(id),
      tainted: false,
    }
    underWay.set(id, reading)
    return finish(id, reading)
  }

  async function finish(id: SessionId, reading: Reading): Promise<SessionRecord | null> {
    try {
      const record = await reading.record
      if (!reading.tainted) for (const note of reading.onRead) note(record)
      return record
    } finally {
      if (underWay.get(id) === reading) underWay.delete(id)
    }
  }

  function taint(id: SessionId): void {
    const reading = underWay.get(id)
    if (reading === undefined) return
    reading.tainted = true
    underWay.delete(id)
  }

  return {
    async share(id, onRead) {
      if (!isToldOfChanges()) return read(id)
      const reading = underWay.get(id)
      if (reading === undefined) return lead(id, onRead)
      const isYoung = clock.now() - reading.beganAt < longestWait
      return isYoung ? join(id, { reading, onRead }) : read(id)
    },
    async begin(id, onRead) {
      return isToldOfChanges() && !underWay.has(id) ? lead(id, onRead) : read(id)
    },
    taint,
    taintAll() {
      for (const id of [...underWay.keys()]) taint(id)
    },
    shared: () => shared,
  }
}
