import { day, type Instant, minute, parseFormInstant, parseInstant } from './time.ts'
import type { TimeZone } from './time-zone.ts'
import { createWallClock } from './zone-calendar.ts'

/** The instant of a local date and time, as a `datetime-local` input sends it. */
export type LocalTime =
  | { readonly status: 'exact'; readonly instant: Instant }
  /** Clocks are set back over it, so that the time occurs twice. `instant` is the first one, `later` the second. */
  | { readonly status: 'repeated'; readonly instant: Instant; readonly later: Instant }
  /** Clocks are set forward over it, so that no clock shows it. `next` is the first instant after the gap. */
  | { readonly status: 'skipped'; readonly next: Instant }

/**
 * Resolves `YYYY-MM-DDTHH:MM[:SS]` in the zone; a text with an offset is an exact instant in any zone. `null` for other
 * formats and for dates that do not exist.
 */
export function parseLocalTime(text: string, zone: TimeZone): LocalTime | null {
  const exact = parseInstant(text)
  if (exact !== null) return { status: 'exact', instant: exact }
  const wall = parseFormInstant(text)
  if (wall === null) return null
  return resolve(wall, zone)
}

/** `wall`: the local time as if it were UTC. */
function resolve(wall: number, zone: TimeZone): LocalTime {
  const wallAt = createWallClock(zone)
  const offsetAt = (instant: Instant) => wallAt(instant) - instant
  // One day before and after cover every possible offset, and no zone changes its offset twice in two days.
  const [before, after] = [offsetAt(wall - day), offsetAt(wall + day)]
  const candidates = [...new Set([wall - before, wall - after])]
  const [first, second] = candidates
    .filter((instant) => wallAt(instant) === wall)
    .toSorted((one, other) => one - other)
  if (first === undefined) return { status: 'skipped', next: endOfGap(wall, before, wallAt) }
  return second === undefined
    ? { status: 'exact', instant: first }
    : { status: 'repeated', instant: first, later: second }
}

/** Clocks change at full minutes. The skipped time, with the offset before the gap, is after its end. */
function endOfGap(wall: number, before: number, wallAt: (instant: Instant) => number): Instant {
  const skipped = wall - before
  let instant = skipped - (skipped % minute)
  while (wallAt(instant - minute) > wall) instant -= minute
  return instant
}

/** The local time of the instant in the zone as the value of a `datetime-local` input: `2030-12-31T23:59`. */
export function localTimeInput(instant: Instant | null, zone: TimeZone): string {
  if (instant === null) return ''
  const wholeSecond = instant - (instant % 1_000)
  return new Date(createWallClock(zone)(wholeSecond)).toISOString().slice(0, 16)
}
