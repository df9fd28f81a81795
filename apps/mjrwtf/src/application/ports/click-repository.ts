import type { Click } from '../../domain/click.ts'
import type { LinkId } from '../../domain/link.ts'
import type { Instant } from '../../domain/time.ts'

/** From `start` inclusive to `end` exclusive; `null` leaves that side open. */
export interface TimeRange {
  readonly start: Instant | null
  readonly end: Instant | null
}

export interface ClickCount<Key> {
  readonly key: Key
  readonly clicks: number
}

/** Where clicks came from. */
export interface ClickOrigins {
  /** By referrer host, most clicks first, at most 50; `null` for direct visits. */
  readonly byReferrer: readonly ClickCount<string | null>[]
  /** By ISO 3166 code, most clicks first; `null` for an unknown country. */
  readonly byCountry: readonly ClickCount<string | null>[]
  /** By browser family, most clicks first; `null` for an unknown browser. */
  readonly byAgent: readonly ClickCount<string | null>[]
}

export interface ClickCounts extends ClickOrigins {
  readonly totalClicks: number
  /** By UTC day `YYYY-MM-DD`, oldest first; days without clicks are omitted. */
  readonly byDate: readonly ClickCount<string>[]
}

/** From `start` inclusive to `end` exclusive. */
export interface Boundaries {
  readonly start: Instant
  readonly end: Instant
}

export interface BucketCounts extends ClickOrigins {
  /** One count per bucket, in the order of the buckets. */
  readonly clicks: readonly number[]
}

export interface ClickRange {
  readonly first: Instant
  readonly last: Instant
}

/** Stores clicks. Rejects with `RepositoryError` only. */
export interface ClickRepository {
  /** Adds the batch in one step. Ignores a click that exists already or whose link was deleted. */
  add(clicks: readonly Click[]): Promise<void>
  analyze(linkId: LinkId, range: TimeRange): Promise<ClickCounts>
  /** The buckets must be in order and without gaps. Without buckets every count is 0. */
  countByBucket(linkId: LinkId, buckets: readonly Boundaries[]): Promise<BucketCounts>
  /** Instants of the first and the last click, or `null` if there is none. */
  range(linkId: LinkId): Promise<ClickRange | null>
}

/** Queues a click to be stored. Returns immediately and never throws. */
export type ClickSink = (click: Click) => void
