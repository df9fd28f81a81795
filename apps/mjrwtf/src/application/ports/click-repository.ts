import type { Click } from '../../domain/click.ts'
import type { LinkId } from '../../domain/link.ts'
import type { Instant } from '../../domain/time.ts'
import type { LinkAnalytics } from '../analyse-link.ts'

/** From `start` on and before `end`; `null` leaves that side open. */
export interface TimeRange {
  readonly start: Instant | null
  readonly end: Instant | null
}

/** Keeps clicks. Rejects with `RepositoryError` only. */
export interface ClickRepository {
  /** Adds the batch in one step. A click that is there already, or whose link is gone, is left out. */
  add(clicks: readonly Click[]): Promise<void>
  analyse(linkId: LinkId, range: TimeRange): Promise<Omit<LinkAnalytics, 'link'>>
}

/** Takes clicks off the request's hands and sees to it that they are kept. Never waits, never throws. */
export type ClickSink = (click: Click) => void

/** Whether a User-Agent header names a program rather than a person's browser. */
export type BotDetector = (userAgent: string | null) => boolean
