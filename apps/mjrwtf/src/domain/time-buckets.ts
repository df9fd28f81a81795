import { addDays, type CalendarDay, type DayRange, utcMidnight } from './calendar-day.ts'
import { day, type Instant } from './time.ts'
import type { ZoneCalendar } from './zone-calendar.ts'

/** The length of a bucket; longer ranges have longer buckets. */
export type Granularity = 'day' | 'month' | 'year'

/** One column of a chart: `start` inclusive, `end` exclusive. */
export interface TimeBucket {
  /** `2026-03-29`, `2026-03` or `2026`, by granularity. */
  readonly key: string
  readonly start: Instant
  readonly end: Instant
}

/** The days of a leap year. More are not legible in a chart or table. */
const maxBuckets = 366

/** The finest granularity with at most 366 buckets. */
export function granularityOf({ from, to }: DayRange): Granularity {
  if ((utcMidnight(to) - utcMidnight(from)) / day < maxBuckets) return 'day'
  return monthOf(to) - monthOf(from) < maxBuckets ? 'month' : 'year'
}

function monthOf(calendarDay: CalendarDay): number {
  return Number(calendarDay.slice(0, 4)) * 12 + Number(calendarDay.slice(5, 7))
}

/**
 * The buckets of a range, in order and without gaps. The first and last month or year contain only days of the range.
 * Days that the time zone skipped are omitted, so the result may be empty.
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

/** The first day of the next bucket. */
function startOfNext(start: CalendarDay, granularity: Granularity): CalendarDay {
  if (granularity === 'day') return addDays(start, 1)
  if (granularity === 'year') return `${Number(start.slice(0, 4)) + 1}-01-01`
  // 31 days after the first of a month is always in the next month.
  return `${addDays(`${start.slice(0, 7)}-01`, 31).slice(0, 7)}-01`
}
