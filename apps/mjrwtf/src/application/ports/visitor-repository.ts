import type { CalendarDay } from '../../domain/calendar-day.ts'
import type { TimeSpan } from '../../domain/click-tally.ts'
import type { LinkId } from '../../domain/link.ts'
import type { Instant } from '../../domain/time.ts'

/** A visit to a link whose visitor has not visited it before on that day, as far as this process knows. */
export interface Visit {
  readonly linkId: LinkId
  readonly at: Instant
  /** A keyed hash of what browsers send with every request. Never stored. */
  readonly visitorKey: string
}

export interface StoredVisit extends Pick<Visit, 'linkId' | 'at'> {
  /** See `HashedVisit`. With the salt of the day, for this link only. */
  readonly hash: number
}

/** Counts the visitors of links by day of UTC. Rejects with `RepositoryError` only. */
export interface VisitorRepository {
  /** The salt of a day: the one that is stored, or else the given one, which is stored then. */
  salt(day: CalendarDay, newSalt: string): Promise<string>
  /** Counts visitors. May be repeated: a visitor who was counted changes nothing. Ignores visits to deleted links. */
  add(visits: readonly StoredVisit[]): Promise<void>
  /**
   * Visitors per bucket. The buckets are in order and without gaps; a quarter-hour that a boundary divides counts in the
   * bucket of its start.
   */
  countByBucket(linkId: LinkId, buckets: readonly TimeSpan[]): Promise<readonly number[]>
  /** Deletes salts and hashes of days before the given one, in short steps. Returns whether there may be more. */
  purgeBatch(before: CalendarDay): Promise<boolean>
}

/** Queues a visit to be counted. Returns immediately and never throws. */
export type VisitSink = (visit: Visit) => void
