import { rejectOption } from './errors.ts'
import { day, hour, type Milliseconds, minute, second } from './time.ts'

type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd'

/** A length of time: a number of milliseconds, or a number with its unit, such as `30s` or `12h`. */
export type Duration = Milliseconds | `${number}${DurationUnit}`

const units: Readonly<Record<DurationUnit, Milliseconds>> = {
  d: day,
  h: hour,
  m: minute,
  s: second,
  ms: 1,
}

/**
 * Returns a duration in milliseconds. Throws `invalid-option`, naming the option and what it accepts,
 * unless it is a whole number of milliseconds from `min` to `max`.
 */
export function requireDuration(
  name: string,
  value: Duration,
  [min, max]: readonly [Milliseconds, Milliseconds],
): Milliseconds {
  const duration = parseDuration(value)
  // Rejects NaN, infinite and fractional values too, which would disable a timeout.
  if (Number.isSafeInteger(duration) && duration >= min && duration <= max) return duration
  const range = `from ${formatDuration(min)} to ${formatDuration(max)}`
  const shown = typeof value === 'number' || typeof value === 'string' ? value : typeof value
  return rejectOption(
    `${name} must be a duration ${range}, in milliseconds or as text such as '30m', not ${shown}`,
  )
}

/** Returns a duration in milliseconds, `NaN` for what is none. */
export function parseDuration(value: Duration): number {
  if (typeof value !== 'string') return typeof value === 'number' ? value : Number.NaN
  const [, count = '', unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value) ?? []
  return isUnit(unit) ? Number(count) * units[unit] : Number.NaN
}

function isUnit(text: string | undefined): text is DurationUnit {
  return text !== undefined && Object.hasOwn(units, text)
}

/** Formats a duration in the largest unit that gives a whole number. */
export function formatDuration(duration: Milliseconds): string {
  const fitting = Object.entries(units).find(([, length]) => duration % length === 0)
  const [unit, length] = duration === 0 || fitting === undefined ? ['ms', 1] : fitting
  return `${duration / length}${unit}`
}
