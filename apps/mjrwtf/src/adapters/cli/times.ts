/** As in the API: ISO 8601 in UTC. */
export function timeOf(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString()
}

/** The day in UTC, for tables. */
export function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10)
}

/** The minute in UTC, for tables. */
export function minuteOf(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')}Z`
}
