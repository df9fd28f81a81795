import { addDays, type DayRange } from '../domain/calendar-day.ts'
import type { FieldError } from '../domain/refusals.ts'
import { isShortCode } from '../domain/short-code.ts'
import { type Grain, grainOf, listSpans, type Span } from '../domain/spans.ts'
import type { TimeZone } from '../domain/time-zone.ts'
import { createZoneCalendar, type ZoneCalendar } from '../domain/zone-calendar.ts'
import type { ClickOrigins, ClickRepository } from './ports/click-repository.ts'
import type { Clock } from './ports/clock.ts'
import type { LinkRepository, LinkWithClicks, OwnLink } from './ports/link-repository.ts'
import {
  type QuickRange,
  type ReportField,
  type ReportRangeTexts,
  readReportRange,
} from './report-range.ts'

export interface ReportClicksRequest extends OwnLink, ReportRangeTexts {}

/** The clicks of a span of time. */
export interface CountedSpan extends Span {
  readonly clicks: number
}

export interface ClickReport extends ClickOrigins {
  readonly zone: TimeZone
  readonly range: DayRange
  /** `null` where the first and the last day were chosen. */
  readonly quickRange: QuickRange | null
  readonly grain: Grain
  /** Oldest first, at least one; those without a click are there too. */
  readonly spans: readonly CountedSpan[]
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
    const chosen = readReportRange(texts)
    if (chosen.status === 'invalid') return { ...chosen, link }

    const calendar = createZoneCalendar(chosen.zone)
    const quickRange = typeof chosen.days === 'string' ? chosen.days : null
    const range =
      typeof chosen.days === 'string'
        ? await daysOf(chosen.days, { ports, link, calendar })
        : chosen.days
    const spans = listSpans(range, calendar)
    if (spans.length === 0) return { status: 'invalid', link, fields: [skipped(range, calendar)] }

    const { clicks, ...origins } = await ports.clicks.countWithin(link.id, spans)
    const report = {
      ...{ zone: calendar.zone, range, quickRange, grain: grainOf(range) },
      spans: spans.map((span, at) => ({ ...span, clicks: clicks[at] ?? 0 })),
      totalClicks: clicks.reduce((sum, each) => sum + each, 0),
      ...origins,
    }
    return { status: 'reported', link, report }
  }
}

function skipped({ from }: DayRange, { zone }: ZoneCalendar): FieldError<ReportField> {
  return { field: 'from', message: `There was no ${from} in ${zone}: the calendar skipped it.` }
}

interface Surroundings {
  readonly ports: ReportClicksPorts
  readonly link: LinkWithClicks
  readonly calendar: ZoneCalendar
}

async function daysOf(
  quickRange: QuickRange,
  { ports, link, calendar }: Surroundings,
): Promise<DayRange> {
  const now = ports.clock.now()
  const today = calendar.dayAt(now)
  if (quickRange !== 'all') return { from: addDays(today, 1 - Number(quickRange)), to: today }
  // Another process may have a clock of its own: a click can lie before its link, or after now.
  const extent = await ports.clicks.extent(link.id)
  return {
    from: calendar.dayAt(Math.min(link.createdAt, extent?.first ?? now)),
    to: calendar.dayAt(Math.max(now, extent?.last ?? now)),
  }
}
