import { day, type Instant } from './time.ts'

/** A day of the calendar as `YYYY-MM-DD`, in whichever time zone it is lived. Days compare as their texts do. */
export type CalendarDay = string

/** From the first to the last day, both inside. */
export interface DayRange {
  readonly from: CalendarDay
  readonly to: CalendarDay
}

/** What can be asked for: no click is older than the first, and a year beyond the last is a slip of the finger. */
export const supportedDays: DayRange = { from: '1970-01-01', to: '2099-12-31' }

/** Reads a day as a date picker sends it. `null` for anything else, and for days that are not in the calendar. */
export function parseDay(text: string): CalendarDay | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < supportedDays.from || text > supportedDays.to)
    return null
  const midnight = Date.parse(`${text}T00:00:00Z`)
  // Date reads 30 February as 2 March.
  return !Number.isNaN(midnight) && utcDay(midnight) === text ? text : null
}

/** When the day begins in UTC. */
export function utcMidnight(calendarDay: CalendarDay): Instant {
  return Date.parse(`${calendarDay}T00:00:00Z`)
}

/** The day in UTC at that instant. */
export function utcDay(at: Instant): CalendarDay {
  return new Date(at).toISOString().slice(0, 10)
}

/** The day so many days later, or earlier. */
export function addDays(start: CalendarDay, count: number): CalendarDay {
  return utcDay(utcMidnight(start) + count * day)
}
