import { type CalendarDay, utcDay, utcMidnight } from './calendar-day.ts'
import { day, hour, type Instant, type Milliseconds, second } from './time.ts'
import { type TimeZone, utc } from './time-zone.ts'

/** The calendar days of one time zone. */
export interface ZoneCalendar {
  readonly zone: TimeZone
  /** The local day at an instant. */
  dayAt(instant: Instant): CalendarDay
  /** The local hour at an instant, 0 to 23. Fast for many instants of the same days of UTC. */
  hourAt(instant: Instant): number
  /**
   * The first instant with that local day or a later one. Later than midnight if clocks are set forward at midnight;
   * the start of the next day if the zone skipped the day.
   */
  startOf(calendarDay: CalendarDay): Instant
}

/** Creates the calendar of a zone from `parseTimeZone`, for instants since 1970. */
export function createZoneCalendar(zone: TimeZone): ZoneCalendar {
  const wallAt = createWallClock(zone)
  const offsetAt = (wholeSecond: Instant) => wallAt(wholeSecond) - wholeSecond
  /** The day of UTC of the latest `hourAt`, and its offset: `null` if clocks are set during it. */
  let latest: { readonly midnight: Instant; readonly offset: Milliseconds | null } = {
    midnight: -1,
    offset: null,
  }
  return {
    zone,
    dayAt: (instant) => utcDay(wallAt(instant)),
    hourAt(instant) {
      const midnight = instant - (instant % day)
      if (midnight !== latest.midnight) {
        const [start, end] = [offsetAt(midnight), offsetAt(midnight + day)]
        latest = { midnight, offset: start === end ? start : null }
      }
      const wall = latest.offset === null ? wallAt(instant) : instant + latest.offset
      return Math.floor((wall % day) / hour)
    },
    startOf(calendarDay) {
      const midnight = utcMidnight(calendarDay)
      // One day before and after cover every possible offset, and no zone changes its offset twice in two days.
      const [before, after] = [offsetAt(midnight - day), offsetAt(midnight + day)]
      if (before === after) return midnight - before
      const candidates = [before, after]
        .map((offset) => midnight - offset)
        .filter((instant) => wallAt(instant) === midnight)
      if (candidates.length > 0) return Math.min(...candidates)
      return endOfGap(wallAt, midnight, { before, after })
    },
  }
}

/** The local time at an instant, to the second, as if it were UTC. */
export type WallClock = (instant: Instant) => Milliseconds

/** Creates the wall clock of a zone from `parseTimeZone`. It keeps what it has computed. */
export function createWallClock(timeZone: TimeZone): WallClock {
  if (timeZone === utc) return (instant) => instant - (instant % second)
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  // A third of the time of `formatToParts`.
  function format(instant: Instant): Milliseconds {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] =
      formatter.format(instant).match(/\d+/g)?.map(Number) ?? []
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }
  // Neighboring days ask for the same instants.
  const known = new Map<Instant, Milliseconds>()
  return function wallAt(instant) {
    const wall = known.get(instant) ?? format(instant)
    known.set(instant, wall)
    return wall
  }
}

/** For a skipped midnight: the first instant after the gap. */
function endOfGap(
  wallAt: WallClock,
  midnight: Milliseconds,
  offset: { readonly before: Milliseconds; readonly after: Milliseconds },
): Instant {
  let low = midnight - offset.after
  let high = midnight - offset.before
  while (high - low > second) {
    const middle = low + Math.floor((high - low) / 2 / second) * second
    if (wallAt(middle) >= midnight) high = middle
    else low = middle
  }
  return high
}
