import { addDays, type CalendarDay, type DayRange, utcMidnight } from './calendar-day.ts'
import { day, type Instant } from './time.ts'
import type { ZoneCalendar } from './zone-calendar.ts'

/** How long a span is: a day, or for longer ranges a month or a year. */
export type Grain = 'day' | 'month' | 'year'

/** One column of a chart: from `start` on and before `end`. */
export interface Span {
  /** `2026-03-29`, `2026-03` or `2026`, by grain. */
  readonly key: string
  readonly start: Instant
  readonly end: Instant
}

/** A leap year of days; more can neither be told apart in a chart nor read in a table. */
const mostSpans = 366

/** The finest grain that cuts the range into no more than 366. */
export function grainOf({ from, to }: DayRange): Grain {
  if ((utcMidnight(to) - utcMidnight(from)) / day < mostSpans) return 'day'
  return monthOf(to) - monthOf(from) < mostSpans ? 'month' : 'year'
}

function monthOf(of: CalendarDay): number {
  return Number(of.slice(0, 4)) * 12 + Number(of.slice(5, 7))
}

/**
 * The spans of a range, in order and without gaps. The first and the last month or year hold the days inside
 * the range alone. A day that the zone has skipped is left out, so there may be none at all.
 */
export function listSpans(range: DayRange, calendar: ZoneCalendar): readonly Span[] {
  const grain = grainOf(range)
  const firsts: CalendarDay[] = []
  for (let first = range.from; first <= range.to; first = nextFirst(first, grain)) {
    firsts.push(first)
  }
  const starts = [...firsts, addDays(range.to, 1)].map(calendar.startOf)
  return firsts
    .map((first, at) => ({
      key: first.slice(0, keyLength[grain]),
      start: starts[at] ?? 0,
      end: starts[at + 1] ?? 0,
    }))
    .filter(({ start, end }) => start < end)
}

const keyLength: Readonly<Record<Grain, number>> = { day: 10, month: 7, year: 4 }

/** The day with which the next span begins. */
function nextFirst(after: CalendarDay, grain: Grain): CalendarDay {
  if (grain === 'day') return addDays(after, 1)
  if (grain === 'year') return `${Number(after.slice(0, 4)) + 1}-01-01`
  // Whichever day of the month it was, 31 days on from its first lies in the next.
  return `${addDays(`${after.slice(0, 7)}-01`, 31).slice(0, 7)}-01`
}
