import { addDays, type CalendarDay, type DayRange, utcMidnight } from './calendar-day.ts'
import { day, type Instant } from './time.ts'
import type { ZoneCalendar } from './zone-calendar.ts'

/** How long a span is: a day, or for longer ranges a month or a year. */
export type Granularity = 'day' | 'month' | 'year'

/** One column of a chart: from `start` on and before `end`. */
export interface TimeBucket {
  /** `2026-03-29`, `2026-03` or `2026`, by grain. */
  readonly key: string
  readonly start: Instant
  readonly end: Instant
}

/** A leap year of days; more can neither be told apart in a chart nor read in a table. */
const maxBuckets = 366

/** The finest grain that cuts the range into no more than 366. */
export function granularityOf({ from, to }: DayRange): Granularity {
  if ((utcMidnight(to) - utcMidnight(from)) / day < maxBuckets) return 'day'
  return monthOf(to) - monthOf(from) < maxBuckets ? 'month' : 'year'
}

function monthOf(calendarDay: CalendarDay): number {
  return Number(calendarDay.slice(0, 4)) * 12 + Number(calendarDay.slice(5, 7))
}

/**
 * The spans of a range, in order and without gaps. The first and the last month or year hold the days inside
 * the range alone. A day that the zone has skipped is left out, so there may be none at all.
 */
export function listBuckets(range: DayRange, calendar: ZoneCalendar): readonly TimeBucket[] {
  const granularity = granularityOf(range)
  const firstDays: CalendarDay[] = []
  for (
    let firstDay = range.from;
    firstDay <= range.to;
    firstDay = startOfNext(firstDay, granularity)
  ) {
    firstDays.push(firstDay)
  }
  const starts = [...firstDays, addDays(range.to, 1)].map(calendar.startOf)
  return firstDays
    .map((firstDay, index) => ({
      key: firstDay.slice(0, keyLength[granularity]),
      start: starts[index] ?? 0,
      end: starts[index + 1] ?? 0,
    }))
    .filter(({ start, end }) => start < end)
}

const keyLength: Readonly<Record<Granularity, number>> = { day: 10, month: 7, year: 4 }

/** The day with which the next span begins. */
function startOfNext(start: CalendarDay, granularity: Granularity): CalendarDay {
  if (granularity === 'day') return addDays(start, 1)
  if (granularity === 'year') return `${Number(start.slice(0, 4)) + 1}-01-01`
  // Whichever day of the month it was, 31 days on from its first lies in the next.
  return `${addDays(`${start.slice(0, 7)}-01`, 31).slice(0, 7)}-01`
}
