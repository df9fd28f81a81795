import type { SessionId, SessionRecord } from '../../domain/session.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type { MonotonicClock } from '../../ports/clock.ts'

/** Takes note of what was read; not called where it was outdated before it came. */
export type OnLoaded = (record: SessionRecord | null) => void

/** Reads under way, so that requests which want the same session at once ask the store once. */
export interface SingleFlight {
  /** The record, by a read that is under way or begins now. */
  join(id: SessionId, onLoaded: OnLoaded): Promise<SessionRecord | null>
  /** The record, by a read that begins now. */
  start(id: SessionId, onLoaded: OnLoaded): Promise<SessionRecord | null>
  /** The session changed: what a read under way brings may be from before. */
  invalidate(id: SessionId): void
  invalidateAll(): void
  /** How many reads were shared. */
  joinedCount(): number
}

export interface SingleFlightOptions {
  readonly read: (id: SessionId) => Promise<SessionRecord | null>
  /** Whether every change that matters is told of, and so taints the reads that it outdates. */
  readonly isInvalidationLive: () => boolean
  readonly clock: MonotonicClock
  /**
   * How old a read under way may be that is still joined: one that is never answered
   * must hold up nobody else.
   */
  readonly maxShareAge: Milliseconds
}

interface InFlightRead {
  readonly startedAt: Milliseconds
  /** Of who began it and of all who joined: each may have reason of its own to note what comes. */
  readonly onLoaded: OnLoaded[]
  readonly record: Promise<SessionRecord | null>
  isStale: boolean
}

/**
 * A read may bring what a change has outdated since it began. Whoever began it may have that: read
 * and change were under way at once. Whoever came later may not, and neither may memory. So a
 * change taints the reads under way: nobody joins one that is tainted or notes what it brings, and
 * those who had joined it read anew.
 */
export function createSingleFlight(options: SingleFlightOptions): SingleFlight {
  const { read, isInvalidationLive, clock, maxShareAge } = options
  const inFlight = new Map<SessionId, InFlightRead>()
  let joinedCount = 0

  async function joinInFlight(
    id: SessionId,
    {
      inFlightRead,
      onLoaded,
    }: { readonly inFlightRead: InFlightRead; readonly onLoaded: OnLoaded },
  ): Promise<SessionRecord | null> {
    joinedCount += 1
    inFlightRead.onLoaded.push(onLoaded)
    const record = await inFlightRead.record
    return inFlightRead.isStale || !isInvalidationLive() ? read(id) : record
  }

  function load(id: SessionId, onLoaded: OnLoaded): Promise<SessionRecord | null> {
    const inFlightRead: InFlightRead = {
      startedAt: clock.now(),
      onLoaded: [onLoaded],
      record: read(id),
      isStale: false,
    }
    inFlight.set(id, inFlightRead)
    return complete(id, inFlightRead)
  }

  async function complete(
    id: SessionId,
    inFlightRead: InFlightRead,
  ): Promise<SessionRecord | null> {
    try {
      const record = await inFlightRead.record
      if (!inFlightRead.isStale) for (const notify of inFlightRead.onLoaded) notify(record)
      return record
    } finally {
      if (inFlight.get(id) === inFlightRead) inFlight.delete(id)
    }
  }

  function invalidate(id: SessionId): void {
    const inFlightRead = inFlight.get(id)
    if (inFlightRead === undefined) return
    inFlightRead.isStale = true
    inFlight.delete(id)
  }

  return {
    async join(id, onLoaded) {
      if (!isInvalidationLive()) return read(id)
      const inFlightRead = inFlight.get(id)
      if (inFlightRead === undefined) return load(id, onLoaded)
      const isRecent = clock.now() - inFlightRead.startedAt < maxShareAge
      return isRecent ? joinInFlight(id, { inFlightRead, onLoaded }) : read(id)
    },
    async start(id, onLoaded) {
      return isInvalidationLive() && !inFlight.has(id) ? load(id, onLoaded) : read(id)
    },
    invalidate,
    invalidateAll() {
      for (const id of [...inFlight.keys()]) invalidate(id)
    },
    joinedCount: () => joinedCount,
  }
}
