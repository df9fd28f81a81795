const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })
const minute = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})

/** `15 Jan 2026`, in UTC. */
export function dayText(instant: number): string {
  return day.format(instant)
}

/** `15 Jan 2026, 09:30 UTC`. */
export function minuteText(instant: number): string {
  return `${minute.format(instant)} UTC`
}

const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' })

/** `09:30:05 UTC`. */
export function timeText(instant: number): string {
  return `${time.format(instant)} UTC`
}

const aDay = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const
const spanFormats = [
  { length: 10, full: english({ ...aDay, weekday: 'short' }), brief: english(aDay) },
  {
    length: 7,
    full: english({ month: 'long', year: 'numeric', timeZone: 'UTC' }),
    brief: english({ month: 'short', year: 'numeric', timeZone: 'UTC' }),
  },
] as const

function english(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', options)
}

/** The key of a span in words: `Sun, 29 Mar 2026`, `March 2026` or `2026`; in brief without the weekday, `Mar`. */
export function spanText(key: string, style: 'full' | 'brief'): string {
  const format = spanFormats.find(({ length }) => length === key.length)
  return format === undefined ? key : format[style].format(Date.parse(key))
}

/** The value of a `datetime-local` input that stands for the instant in UTC. */
export function inputValue(instant: number | null): string {
  return instant === null ? '' : new Date(instant).toISOString().slice(0, 16)
}

const relative = new Intl.RelativeTimeFormat('en-GB', { numeric: 'always' })
const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** How long ago that was: `3 hours ago`, rounded down; `just now` within a minute. */
export function agoText(instant: number, now: number): string {
  const step = steps.find(([, length]) => now - instant >= length)
  if (step === undefined) return 'just now'
  const [unit, length] = step
  return relative.format(-Math.floor((now - instant) / length), unit)
}
