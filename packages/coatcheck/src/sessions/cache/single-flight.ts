import type { SessionId, SessionRecord } from '../../domain/session.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type { MonotonicClock } from '../../ports/system.ts'

/** Receives the record that was read. Not called if the read was invalidated. */
export type OnLoaded = (record: SessionRecord | null) => void

/** Combines concurrent reads of one session into one store read. */
export interface SingleFlight {
  /** Joins a read in flight or starts one. */
  join(id: SessionId, onLoaded: OnLoaded): Promise<SessionRecord | null>
  /** Starts a read. */
  start(id: SessionId, onLoaded: OnLoaded): Promise<SessionRecord | null>
  /** The session changed: a read in flight may return the earlier state. */
  invalidate(id: SessionId): void
  invalidateAll(): void
  /** Number of calls that joined a read. */
  joinedCount(): number
}

export interface SingleFlightOptions {
  readonly read: (id: SessionId) => Promise<SessionRecord | null>
  /** Whether every change currently causes an `invalidate`. */
  readonly isInvalidationLive: () => boolean
  readonly clock: MonotonicClock
  /** Age up to which a read may be joined. A read without an answer must not block others. */
  readonly maxShareAge: Milliseconds
}

interface InFlightRead {
  readonly id: SessionId
  readonly startedAt: Milliseconds
  /** Callbacks of the caller that started it and of those that joined. */
  readonly onLoaded: OnLoaded[]
  readonly record: Promise<SessionRecord | null>
  isStale: boolean
}

/**
 * A read may return what a change has outdated since it started. The caller that started it may get
 * that result, because read and change were concurrent. Later callers and the cache may not. So a
 * change invalidates the reads in flight: they can no longer be joined, their result is not cached,
 * and callers that have joined read again.
 */
export function createSingleFlight(options: SingleFlightOptions): SingleFlight {
  const { read, isInvalidationLive, clock, maxShareAge } = options
  const inFlight = new Map<SessionId, InFlightRead>()
  let joinedCount = 0

  async function share(flight: InFlightRead, onLoaded: OnLoaded): Promise<SessionRecord | null> {
    joinedCount += 1
    flight.onLoaded.push(onLoaded)
    const record = await flight.record
    return flight.isStale || !isInvalidationLive() ? read(flight.id) : record
  }

  async function load(id: SessionId, onLoaded: OnLoaded): Promise<SessionRecord | null> {
    const flight: InFlightRead = {
      id,
      startedAt: clock.now(),
      onLoaded: [onLoaded],
      record: read(id),
      isStale: false,
    }
    inFlight.set(id, flight)
    try {
      const record = await flight.record
      if (!flight.isStale) for (const notify of flight.onLoaded) notify(record)
      return record
    } finally {
      if (inFlight.get(id) === flight) inFlight.delete(id)
    }
  }

  function invalidate(id: SessionId): void {
    const flight = inFlight.get(id)
    if (flight === undefined) return
    flight.isStale = true
    inFlight.delete(id)
  }

  return {
    async join(id, onLoaded) {
      if (!isInvalidationLive()) return read(id)
      const flight = inFlight.get(id)
      if (flight === undefined) return load(id, onLoaded)
      const isRecent = clock.now() - flight.startedAt < maxShareAge
      return isRecent ? share(flight, onLoaded) : read(id)
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
