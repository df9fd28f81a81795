import type { Milliseconds } from '../../domain/time.ts'
import type { MonotonicClock } from '../../ports/system.ts'
import type { CachedRecord } from './cached-record.ts'
import { createReadTracker, type ReadTrackerOptions } from './read-tracker.ts'

/** Whether a caller's token is accepted by the record. */
export type Accepts<Cached> = (record: Cached) => boolean

/** Combines concurrent reads of one record into one store read. */
export interface SingleFlight<Cached extends CachedRecord> {
  /** Joins a read in flight or starts one. */
  join(id: Cached['id'], accepts: Accepts<Cached>): Promise<Cached | null>
  /** Starts a read. */
  start(id: Cached['id'], accepts: Accepts<Cached>): Promise<Cached | null>
  /** Starts a read that no other call joins and whose record is not kept. */
  read(id: Cached['id']): Promise<Cached | null>
  /** The store returned this record by another way than a read of this object. */
  observe(id: Cached['id'], record: Cached | null): void
  /** The record changed: a read in flight may return the earlier state. */
  invalidate(id: Cached['id']): void
  invalidateAll(): void
  /** Number of calls that joined a read. */
  joinedCount(): number
}

/** `onRead` is called first of all. */
export interface SingleFlightOptions<Cached extends CachedRecord>
  extends ReadTrackerOptions<Cached> {
  /** Receives a record that a caller accepts, unless it may be outdated. */
  readonly keep: (record: Cached) => void
  /** Whether every change currently causes an `invalidate`. */
  readonly isInvalidationLive: () => boolean
  readonly clock: MonotonicClock
  /** Age up to which a read may be joined. A read without an answer must not block others. */
  readonly maxShareAge: Milliseconds
}

/** A read that others may join. */
interface Flight<Cached> {
  readonly createdAt: Milliseconds
  /** The number of the read, in the order of reads and calls. Infinite until it has started. */
  number: number
  /** Of the caller that started it and of those that joined. */
  readonly callers: Accepts<Cached>[]
  readonly result: Promise<FlightResult<Cached>>
}

interface FlightResult<Cached> {
  readonly record: Cached | null
  readonly isOutdated: boolean
}

/**
 * A read may return what a change has outdated since it started. The caller that started it may get
 * that result, because read and change were concurrent. Later callers and the cache may not. So
 * whatever this process learns about a record (a change, or another read with another result)
 * outdates the reads in flight: they can no longer be joined, their result is not kept, and callers
 * that have joined read again.
 *
 * A caller that joined a read from before its call may be accepted by it, never rejected: its token
 * may be newer than the read. It reads again, after its call.
 */
export function createSingleFlight<Cached extends CachedRecord>(
  options: SingleFlightOptions<Cached>,
): SingleFlight<Cached> {
  const { keep, isInvalidationLive, clock, maxShareAge } = options
  const tracker = createReadTracker(options)
  const flights = new Map<Cached['id'], Flight<Cached>>()
  let joinedCount = 0
  /** Counts reads and calls, to compare when they started. */
  let count = 0

  function startFlight(id: Cached['id'], accepts: Accepts<Cached>): Flight<Cached> {
    const flight: Flight<Cached> = {
      createdAt: clock.now(),
      number: Number.POSITIVE_INFINITY,
      callers: [accepts],
      // Deferred, so that the read starts after every call of this turn.
      result: Promise.resolve().then(() => run(id, flight)),
    }
    flights.set(id, flight)
    return flight
  }

  async function run(id: Cached['id'], flight: Flight<Cached>): Promise<FlightResult<Cached>> {
    count += 1
    flight.number = count
    try {
      const { record, isOutdated } = await tracker.read(id)
      const isAccepted = record !== null && flight.callers.some((accepts) => accepts(record))
      if (!isOutdated && isAccepted) keep(record)
      return { record, isOutdated }
    } finally {
      if (flights.get(id) === flight) flights.delete(id)
    }
  }

  /** The read in flight, or `null` if there is none that may be joined now. */
  function findFlight(id: Cached['id']): Flight<Cached> | null {
    const flight = flights.get(id)
    return flight !== undefined && clock.now() - flight.createdAt < maxShareAge ? flight : null
  }

  async function readAlone(id: Cached['id']): Promise<Cached | null> {
    return (await tracker.read(id)).record
  }

  /** Starts a read that others may join, unless one in flight takes too long. */
  async function startOrReadAlone(
    id: Cached['id'],
    accepts: Accepts<Cached>,
  ): Promise<Cached | null> {
    if (!isInvalidationLive() || flights.has(id)) return readAlone(id)
    return (await startFlight(id, accepts).result).record
  }

  async function join(id: Cached['id'], accepts: Accepts<Cached>): Promise<Cached | null> {
    count += 1
    const callNumber = count
    const flight = isInvalidationLive() ? findFlight(id) : null
    if (flight === null) return startOrReadAlone(id, accepts)
    joinedCount += 1
    flight.callers.push(accepts)
    const { record, isOutdated } = await flight.result
    const isLater = flight.number > callNumber
    const isReliable = isLater || (record !== null && accepts(record))
    if (!isOutdated && isReliable && isInvalidationLive()) return record
    // Whatever is in flight now has started after this call.
    const later = isInvalidationLive() ? findFlight(id) : null
    return later === null ? startOrReadAlone(id, accepts) : (await later.result).record
  }

  return {
    join,
    start: startOrReadAlone,
    read: readAlone,
    observe: tracker.observe,
    invalidate(id) {
      flights.delete(id)
      tracker.invalidate(id)
    },
    invalidateAll() {
      flights.clear()
      tracker.invalidateAll()
    },
    joinedCount: () => joinedCount,
  }
}
