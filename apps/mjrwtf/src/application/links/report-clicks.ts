import type { Clock } from 'coatcheck'
import { addDays, type DayRange } from '../../domain/calendar-day.ts'
import type { FieldError } from '../../domain/results.ts'
import { isShortCode } from '../../domain/short-code.ts'
import {
  type Granularity,
  granularityOf,
  listBuckets,
  type TimeBucket,
} from '../../domain/time-buckets.ts'
import type { TimeZone } from '../../domain/time-zone.ts'
import { createZoneCalendar, type ZoneCalendar } from '../../domain/zone-calendar.ts'
import type { ClickOrigins, ClickRepository } from '../ports/click-repository.ts'
import type { LinkRepository, LinkWithClicks, OwnLink } from '../ports/link-repository.ts'
import {
  parseReportRange,
  type QuickRange,
  type ReportField,
  type ReportRangeTexts,
} from './report-range.ts'

export interface ReportClicksRequest extends OwnLink, ReportRangeTexts {}

/** The clicks of a span of time. */
export interface ClickBucket extends TimeBucket {
  readonly clicks: number
}

export interface ClickReport extends ClickOrigins {
  readonly zone: TimeZone
  readonly range: DayRange
  /** `null` where the first and the last day were chosen. */
  readonly quickRange: QuickRange | null
  readonly granularity: Granularity
  /** Oldest first, at least one; those without a click are there too. */
  readonly buckets: readonly ClickBucket[]
  /** Of all spans. */
  readonly totalClicks: number
}

export type ReportClicksResult =
  | {
      readonly status: 'reported'
      readonly link: LinkWithClicks
      readonly report: ClickReport
    }
  | {
      readonly status: 'invalid'
      readonly link: LinkWithClicks
      readonly fields: readonly FieldError<ReportField>[]
    }
  | { readonly status: 'not-found' }

/**
 * How often a link was followed, day by day as the days are in a time zone. The database never hears of
 * zones: it counts between instants.
 */
export type ReportClicks = (request: ReportClicksRequest) => Promise<ReportClicksResult>

export interface ReportClicksPorts {
  readonly links: LinkRepository
  readonly clicks: ClickRepository
  readonly clock: Clock
}

export function createReportClicks(ports: ReportClicksPorts): ReportClicks {
  return async function reportClicks({ ownerId, shortCode, ...texts }) {
    const link = isShortCode(shortCode) ? await ports.links.findOwn({ ownerId, shortCode }) : null
    if (link === null) return { status: 'not-found' }
    const selected = parseReportRange(texts)
    if (selected.status === 'invalid') return { ...selected, link }

    const calendar = createZoneCalendar(selected.zone)
    const quickRange = typeof selected.days === 'string' ? selected.days : null
    const range =
      typeof selected.days === 'string'
        ? await resolveDays(selected.days, { ports, link, calendar })
        : selected.days
    const buckets = listBuckets(range, calendar)
    if (buckets.length === 0)
      return { status: 'invalid', link, fields: [skippedDayError(range, calendar)] }

    const { clicks, ...origins } = await ports.clicks.countByBucket(link.id, buckets)
    const report = {
      ...{ zone: calendar.zone, range, quickRange, granularity: granularityOf(range) },
      buckets: buckets.map((bucket, index) => ({ ...bucket, clicks: clicks[index] ?? 0 })),
      totalClicks: clicks.reduce((sum, each) => sum + each, 0),
      ...origins,
    }
    return { status: 'reported', link, report }
  }
}

function skippedDayError({ from }: DayRange, { zone }: ZoneCalendar): FieldError<ReportField> {
  return {
    field: 'from',
    message: `${from} does not exist in ${zone}: the calendar skipped it. Choose another date.`,
  }
}

interface ReportContext {
  readonly ports: ReportClicksPorts
  readonly link: LinkWithClicks
  readonly calendar: ZoneCalendar
}

async function resolveDays(
  quickRange: QuickRange,
  { ports, link, calendar }: ReportContext,
): Promise<DayRange> {
  const now = ports.clock.now()
  const today = calendar.dayAt(now)
  if (quickRange !== 'all') return { from: addDays(today, 1 - Number(quickRange)), to: today }
  // Another process may have a clock of its own: a click can lie before its link, or after now.
  const range = await ports.clicks.range(link.id)
  return {
    from: calendar.dayAt(Math.min(link.createdAt, range?.first ?? now)),
    to: calendar.dayAt(Math.max(now, range?.last ?? now)),
  }
}
