import type { Click } from '../../domain/click.ts'
import type { ClickCount, HourAt, TimeSpan } from '../../domain/click-tally.ts'
import type { LinkId } from '../../domain/link.ts'
import type { Instant } from '../../domain/time.ts'

/** From `start` inclusive to `end` exclusive; `null` leaves that side open. */
export interface TimeRange {
  readonly start: Instant | null
  readonly end: Instant | null
}

/** Where clicks came from. */
export interface ClickOrigins {
  /**
   * By referrer host, most clicks first, at most 50; `null` for direct visits. Invented referrers beyond 600 counts in a
   * day are in none.
   */
  readonly byReferrer: readonly ClickCount<string | null>[]
  /** By ISO 3166 code, most clicks first; `null` for an unknown country. */
  readonly byCountry: readonly ClickCount<string | null>[]
  /** By city as `cityText` returns it, most clicks first, at most 50; `null` for an unknown city. */
  readonly byCity: readonly ClickCount<string | null>[]
  /** By browser family, most clicks first; `null` for an unknown browser. */
  readonly byAgent: readonly ClickCount<string | null>[]
  /** By operating system, most clicks first; `null` for an unknown one. */
  readonly bySystem: readonly ClickCount<string | null>[]
  /** By kind of device, most clicks first; `null` for an unknown one. */
  readonly byDevice: readonly ClickCount<string | null>[]
  /** By hour of the day: 24 numbers. */
  readonly byHour: readonly number[]
  /** Clicks of bots by name, most clicks first, at most 50. They are in no other count. */
  readonly byBot: readonly ClickCount<string | null>[]
}

export interface ClickCounts extends ClickOrigins {
  readonly totalClicks: number
  /** Of bots. No other count contains them but `byBot`. */
  readonly totalBotClicks: number
  /** By UTC day `YYYY-MM-DD`, oldest first; days without clicks are omitted. */
  readonly byDate: readonly ClickCount<string>[]
}

export interface BucketCounts extends ClickOrigins {
  /** One count per bucket, in the order of the buckets. */
  readonly clicks: readonly number[]
  /** The same of bots. */
  readonly botClicks: readonly number[]
}

export interface ClickRange {
  readonly first: Instant
  readonly last: Instant
}

/**
 * Stores clicks, and counts them as they are added: no other operation reads more rows than days in its range, and single
 * clicks only of quarter-hours that a boundary divides. Rejects with `RepositoryError` only.
 */
export interface ClickRepository {
  /**
   * Adds clicks and increases all counts in the same transaction, in short steps. If a click exists, its count
   * is raised to the new one; a repeated click changes nothing. Ignores clicks whose link was deleted.
   */
  add(clicks: readonly Click[]): Promise<void>
  analyze(linkId: LinkId, range: TimeRange): Promise<ClickCounts>
  /** The buckets must be in order and without gaps. Without buckets every count is 0. `hourAt`: in the zone of the report. */
  countByBucket(linkId: LinkId, buckets: readonly TimeSpan[], hourAt: HourAt): Promise<BucketCounts>
  /** Instants of the first and the last click, or `null` if there is none. */
  range(linkId: LinkId): Promise<ClickRange | null>
}

/** Queues clicks to be stored. Returns immediately and never throws. */
export interface ClickSink {
  /** Queues a click that is stored as a row of its own. */
  add(click: Click): void
  /** Counts the click together with others of the same link, quarter-hour and origins, in one row. */
  addCounted(click: Click): void
}
