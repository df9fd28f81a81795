import { day, type Instant } from './time.ts'

/** A calendar day as `YYYY-MM-DD`, without a time zone. Compare days as strings. */
export type CalendarDay = string

/** Inclusive range of days. */
export interface DayRange {
  readonly from: CalendarDay
  readonly to: CalendarDay
}

/** The days that a report accepts; a later year is a typing error. */
export const supportedDays: DayRange = { from: '1970-01-01', to: '2099-12-31' }

/** Parses `YYYY-MM-DD`. Returns `null` for other formats, nonexistent days and unsupported years. */
export function parseDay(text: string): CalendarDay | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < supportedDays.from || text > supportedDays.to)
    return null
  const midnight = Date.parse(`${text}T00:00:00Z`)
  // Date parses February 30 as March 2.
  return !Number.isNaN(midnight) && utcDay(midnight) === text ? text : null
}

/** The start of the day in UTC. */
export function utcMidnight(calendarDay: CalendarDay): Instant {
  return Date.parse(`${calendarDay}T00:00:00Z`)
}

/** The UTC day of an instant. */
export function utcDay(at: Instant): CalendarDay {
  return new Date(at).toISOString().slice(0, 10)
}

/** The day `count` days later; negative for earlier. */
export function addDays(start: CalendarDay, count: number): CalendarDay {
  return utcDay(utcMidnight(start) + count * day)
}
