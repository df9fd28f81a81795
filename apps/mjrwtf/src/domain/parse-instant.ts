import type { Instant } from './time.ts'

const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})?$/

/**
 * Reads an instant: RFC 3339 with any offset. Returns `null` for anything else, and for dates that
 * are not in the calendar.
 */
export function parseInstant(text: string): Instant | null {
  const match = isoPattern.exec(text)
  if (match === null || match[6] === undefined || match[7] === undefined) return null
  return parse(text, match)
}

/** As `parseInstant`, and also `YYYY-MM-DDTHH:MM[:SS]` as a form's datetime-local sends it, read as UTC. */
export function parseFormInstant(text: string): Instant | null {
  const match = isoPattern.exec(text)
  return match === null ? null : parse(text, match)
}

function parse(text: string, [, year, month, day, , , , offset]: RegExpExecArray): Instant | null {
  // Date accepts 30 February as 2 March.
  if (Number(day) > daysIn(Number(year), Number(month))) return null
  const isoText = text.replace(' ', 'T').toUpperCase()
  const instant = Date.parse(offset === undefined ? `${isoText}Z` : isoText)
  return Number.isNaN(instant) ? null : instant
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}
