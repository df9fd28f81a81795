/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number

/** A duration in milliseconds. */
export type Milliseconds = number

export const second: Milliseconds = 1_000
export const minute: Milliseconds = 60 * second
export const hour: Milliseconds = 60 * minute
export const day: Milliseconds = 24 * hour

const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})?$/

/** Parses RFC 3339 with any offset. Returns `null` for other formats and nonexistent dates. */
export function parseInstant(text: string): Instant | null {
  const match = isoPattern.exec(text)
  if (match === null || match[6] === undefined || match[7] === undefined) return null
  return parse(text, match)
}

/** As `parseInstant`, but also parses `YYYY-MM-DDTHH:MM[:SS]` from a datetime-local input, as UTC. */
export function parseFormInstant(text: string): Instant | null {
  const match = isoPattern.exec(text)
  return match === null ? null : parse(text, match)
}

function parse(text: string, [, year, month, day, , , , offset]: RegExpExecArray): Instant | null {
  // Date parses February 30 as March 2.
  if (Number(day) > daysIn(Number(year), Number(month))) return null
  const isoText = text.replace(' ', 'T').toUpperCase()
  const instant = Date.parse(offset === undefined ? `${isoText}Z` : isoText)
  return Number.isNaN(instant) ? null : instant
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}
