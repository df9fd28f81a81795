import { addDays, type DayRange, supportedDays, utcMidnight } from '../../domain/calendar-day.ts'
import type { FieldError } from '../../domain/results.ts'
import { day } from '../../domain/time.ts'
import {
  type Granularity,
  granularityOf,
  listBuckets,
  type TimeBucket,
} from '../../domain/time-buckets.ts'
import type { TimeZone } from '../../domain/time-zone.ts'
import { createZoneCalendar, type ZoneCalendar } from '../../domain/zone-calendar.ts'
import type { ClickOrigins } from '../ports/click-repository.ts'
import type { LinkWithClicks, OwnLink } from '../ports/link-repository.ts'
import type { LinksDependencies } from './dependencies.ts'
import type { FindOwnLink } from './own-links.ts'
import {
  parseReportRange,
  type QuickRange,
  type ReportField,
  type ReportRangeTexts,
} from './report-range.ts'

export interface ReportClicksRequest extends OwnLink, ReportRangeTexts {}

export interface ClickBucket extends TimeBucket {
  readonly clicks: number
  /** Clicks of bots, which `clicks` does not contain. */
  readonly botClicks: number
  /** Visitors by day of UTC: one who returns on another day counts again. */
  readonly visitors: number
}

export interface ClickReport extends ClickOrigins {
  readonly zone: TimeZone
  readonly range: DayRange
  /** `null` if the user chose the first and the last day. */
  readonly quickRange: QuickRange | null
  readonly granularity: Granularity
  /** Oldest first, at least one. Includes buckets without clicks. */
  readonly buckets: readonly ClickBucket[]
  readonly totalClicks: number
  readonly totalBotClicks: number
  readonly totalVisitors: number
  /** Of as many days before the range; `null` for all time and for more than a year. */
  readonly previous: PeriodTotals | null
}

export interface PeriodTotals {
  readonly range: DayRange
  readonly clicks: number
  readonly visitors: number
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

/** Counts the clicks on a link per day, month or year of a time zone. The database counts between instants and knows no zones. */
export type ReportClicks = (request: ReportClicksRequest) => Promise<ReportClicksResult>

interface ReportClicksDependencies
  extends Pick<LinksDependencies, 'clicks' | 'visitors' | 'clock'> {
  readonly findOwnLink: FindOwnLink
}

export function createReportClicks(dependencies: ReportClicksDependencies): ReportClicks {
  return async function reportClicks({ ownerId, shortCode, ...texts }) {
    const link = await dependencies.findOwnLink({ ownerId, shortCode })
    if (link === null) return { status: 'not-found' }
    const selected = parseReportRange(texts)
    if (selected.status === 'invalid') return { ...selected, link }

    const calendar = createZoneCalendar(selected.zone)
    const quickRange = typeof selected.days === 'string' ? selected.days : null
    const range =
      typeof selected.days === 'string'
        ? await resolveDays(selected.days, { ...dependencies, link, calendar })
        : selected.days
    const buckets = listBuckets(range, calendar)
    if (buckets.length === 0)
      return { status: 'invalid', link, fields: [skippedDayError(range, calendar)] }

    const counted = { ...dependencies, link, calendar }
    const { clicks, botClicks, ...origins } = await dependencies.clicks.countByBucket(
      link.id,
      buckets,
      calendar.hourAt,
    )
    const visitors = await dependencies.visitors.countByBucket(link.id, buckets)
    const previous = quickRange === 'all' ? null : await countPrevious(range, counted)
    const report = {
      zone: calendar.zone,
      range,
      quickRange,
      granularity: granularityOf(range),
      buckets: buckets.map((bucket, index) => ({
        ...bucket,
        clicks: clicks[index] ?? 0,
        botClicks: botClicks[index] ?? 0,
        visitors: visitors[index] ?? 0,
      })),
      totalClicks: sum(clicks),
      totalBotClicks: sum(botClicks),
      totalVisitors: sum(visitors),
      previous,
      ...origins,
    }
    return { status: 'reported', link, report }
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, each) => total + each, 0)
}

function skippedDayError({ from }: DayRange, { zone }: ZoneCalendar): FieldError<ReportField> {
  return {
    field: 'from',
    message: `${from} does not exist in ${zone}: the calendar skipped it. Choose another date.`,
  }
}

/** More would be read twice for a figure that says little. */
const maxComparedDays = 366

async function countPrevious(
  range: DayRange,
  { clicks, visitors, link, calendar }: ReportContext,
): Promise<PeriodTotals | null> {
  const days = (utcMidnight(range.to) - utcMidnight(range.from)) / day + 1
  const from = addDays(range.from, -days)
  if (days > maxComparedDays || from < supportedDays.from) return null
  const buckets = [{ start: calendar.startOf(from), end: calendar.startOf(range.from) }]
  const counts = await clicks.countByBucket(link.id, buckets, calendar.hourAt)
  return {
    range: { from, to: addDays(range.from, -1) },
    clicks: sum(counts.clicks),
    visitors: sum(await visitors.countByBucket(link.id, buckets)),
  }
}

interface ReportContext extends Pick<LinksDependencies, 'clicks' | 'visitors' | 'clock'> {
  readonly link: LinkWithClicks
  readonly calendar: ZoneCalendar
}

async function resolveDays(
  quickRange: QuickRange,
  { clicks, clock, link, calendar }: ReportContext,
): Promise<DayRange> {
  const now = clock.now()
  const today = calendar.dayAt(now)
  if (quickRange !== 'all') return { from: addDays(today, 1 - Number(quickRange)), to: today }
  // Clocks of other processes may differ: a click can be earlier than its link, or later than now.
  const range = await clicks.range(link.id)
  return {
    from: calendar.dayAt(Math.min(link.createdAt, range?.first ?? now)),
    to: calendar.dayAt(Math.max(now, range?.last ?? now)),
  }
}
