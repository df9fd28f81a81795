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

/** How often a link was followed, and from where. */
export interface ClickCounts {
  readonly totalClicks: number
  /** By UTC day `YYYY-MM-DD`, oldest first; days without a click are left out. */
  readonly byDate: readonly ClickCount<string>[]
  /** By the referrer's host, most clicks first, at most 50; `null` for visitors who came directly. */
  readonly byReferrer: readonly ClickCount<string | null>[]
  /** By ISO 3166 code, most clicks first; `null` where the country is not known. */
  readonly byCountry: readonly ClickCount<string | null>[]
  /** By browser family, most clicks first; `null` where it is not known. */
  readonly byAgent: readonly ClickCount<string | null>[]
}

/** Keeps clicks. Rejects with `RepositoryError` only. */
export interface ClickRepository {
  /** Adds the batch in one step. A click that is there already, or whose link is gone, is left out. */
  add(clicks: readonly Click[]): Promise<void>
  analyse(linkId: LinkId, range: TimeRange): Promise<ClickCounts>
}

/** Takes clicks off the request's hands and sees to it that they are kept. Never waits, never throws. */
export type ClickSink = (click: Click) => void

/** Whether a User-Agent header names a program rather than a person's browser. */
export type BotDetector = (userAgent: string | null) => boolean
