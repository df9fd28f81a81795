const dayFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })
const minuteFormat = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})

/** `15 Jan 2026`, in UTC. */
export function dayText(instant: number): string {
  return dayFormat.format(instant)
}

/** `15 Jan 2026, 09:30 UTC`. */
export function minuteText(instant: number): string {
  return `${minuteFormat.format(instant)} UTC`
}

const timeFormat = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' })

/** `09:30:05 UTC`. */
export function timeText(instant: number): string {
  return `${timeFormat.format(instant)} UTC`
}

const dayOptions = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const
const bucketFormats = [
  {
    length: 10,
    full: englishFormat({ ...dayOptions, weekday: 'short' }),
    brief: englishFormat(dayOptions),
  },
  {
    length: 7,
    full: englishFormat({ month: 'long', year: 'numeric', timeZone: 'UTC' }),
    brief: englishFormat({ month: 'short', year: 'numeric', timeZone: 'UTC' }),
  },
] as const

function englishFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', options)
}

/** The key of a span in words: `Sun, 29 Mar 2026`, `March 2026` or `2026`; in brief without the weekday, `Mar`. */
export function bucketText(key: string, style: 'full' | 'brief'): string {
  const format = bucketFormats.find(({ length }) => length === key.length)
  return format === undefined ? key : format[style].format(Date.parse(key))
}

/** The value of a `datetime-local` input that stands for the instant in UTC. */
export function dateTimeInputValue(instant: number | null): string {
  return instant === null ? '' : new Date(instant).toISOString().slice(0, 16)
}

const relativeFormat = new Intl.RelativeTimeFormat('en-GB', { numeric: 'always' })
const relativeUnits = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** How long ago that was: `3 hours ago`, rounded down; `just now` within a minute. */
export function relativeText(instant: number, now: number): string {
  const relativeUnit = relativeUnits.find(([, length]) => now - instant >= length)
  if (relativeUnit === undefined) return 'just now'
  const [unit, length] = relativeUnit
  return relativeFormat.format(-Math.floor((now - instant) / length), unit)
}
