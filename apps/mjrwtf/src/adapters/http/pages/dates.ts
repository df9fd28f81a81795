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

/** The value of a `datetime-local` input that stands for the instant in UTC. */
export function inputValue(instant: number | null): string {
  return instant === null ? '' : new Date(instant).toISOString().slice(0, 16)
}
