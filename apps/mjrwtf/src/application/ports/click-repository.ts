import type { Click } from '../../domain/click.ts'
import type { LinkId } from '../../domain/link.ts'
import type { Instant } from '../../domain/time.ts'

/** From `start` on and before `end`; `null` leaves that side open. */
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
  /** By the referrer's host, most clicks first, at most 50; `null` for visitors who came directly. */
  readonly byReferrer: readonly ClickCount<string | null>[]
  /** By ISO 3166 code, most clicks first; `null` where the country is not known. */
  readonly byCountry: readonly ClickCount<string | null>[]
  /** By browser family, most clicks first; `null` where it is not known. */
  readonly byAgent: readonly ClickCount<string | null>[]
}

/** How often a link was followed, and from where. */
export interface ClickCounts extends ClickOrigins {
  readonly totalClicks: number
  /** By UTC day `YYYY-MM-DD`, oldest first; days without a click are left out. */
  readonly byDate: readonly ClickCount<string>[]
}

/** From `start` on and before `end`. */
export interface Boundaries {
  readonly start: Instant
  readonly end: Instant
}

/** The same for spans of time of the caller's own. */
export interface BucketCounts extends ClickOrigins {
  /** One number for each span, in the order of the spans. */
  readonly clicks: readonly number[]
}

/** Keeps clicks. Rejects with `RepositoryError` only. */
export interface ClickRepository {
  /** Adds the batch in one step. A click that is there already, or whose link is gone, is left out. */
  add(clicks: readonly Click[]): Promise<void>
  analyze(linkId: LinkId, range: TimeRange): Promise<ClickCounts>
  /** The spans follow each other in order and without gaps; without a span nothing is counted. */
  countByBucket(linkId: LinkId, buckets: readonly Boundaries[]): Promise<BucketCounts>
  /** When the link was followed first and last, or `null` if it never was. */
  range(linkId: LinkId): Promise<ClickRange | null>
}

export interface ClickRange {
  readonly first: Instant
  readonly last: Instant
}

/** Takes clicks off the request's hands and sees to it that they are kept. Never waits, never throws. */
export type ClickSink = (click: Click) => void

/** Whether a User-Agent header names a program rather than a person's browser. */
export type BotDetector = (userAgent: string | null) => boolean
