import { fewRecoveryCodes } from '../../../domain/recovery-code.ts'
import { currentFormat, formatTime, type TimePrecision, zoneLabel } from './display-format.ts'

/** `15 Jan 2026`, in the zone of the reader. */
export function dayText(instant: number): string {
  return formatTime(instant, 'day')
}

/** `15 Jan 2026, 09:30` in the zone of the reader; `15 Jan 2026, 09:30 UTC` in that of the site. */
export function minuteText(instant: number): string {
  return withZone(instant, 'minute')
}

/** `15 Jan 2026, 09:30:05`, or with the zone of the site. */
export function secondText(instant: number): string {
  return withZone(instant, 'second')
}

function withZone(instant: number, precision: TimePrecision): string {
  const text = formatTime(instant, precision)
  return currentFormat().isOwnZone ? text : `${text} ${zoneLabel(instant)}`
}

/** A name such as `single sign-on` at the start of a sentence. */
export function sentenceStart(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
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

/** The key of a time bucket as text: `Sun, 29 Mar 2026`, `March 2026` or `2026`; brief: `29 Mar 2026`, `Mar 2026` or `2026`. */
export function bucketText(key: string, style: 'full' | 'brief'): string {
  const format = bucketFormats.find(({ length }) => length === key.length)
  return format === undefined ? key : format[style].format(Date.parse(key))
}

const relativeFormat = new Intl.RelativeTimeFormat('en', { numeric: 'always' })
const relativeUnits = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** The time since the instant: `3 hours ago`, rounded down; `just now` within a minute. */
export function relativeText(instant: number, now: number): string {
  const relativeUnit = relativeUnits.find(([, length]) => now - instant >= length)
  if (relativeUnit === undefined) return 'just now'
  const [unit, length] = relativeUnit
  return relativeFormat.format(-Math.floor((now - instant) / length), unit)
}

/** `Try again in 2 minutes.`, rounded up to whole seconds, minutes or hours. */
export function retryText(seconds: number): string {
  if (seconds < 60) return `Try again in ${countText(Math.max(1, Math.ceil(seconds)), 'second')}.`
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 60) return `Try again in ${countText(minutes, 'minute')}.`
  return `Try again in ${countText(Math.ceil(minutes / 60), 'hour')}.`
}

const rejectedTexts = {
  throttled: 'Too many attempts.',
  busy: 'This site is busy right now.',
} as const

/** Why an attempt was rejected without being evaluated, and when to try again. */
export function rejectedText(rejected: {
  readonly status: 'throttled' | 'busy'
  readonly retryAfterSeconds: number
}): string {
  return `${rejectedTexts[rejected.status]} ${retryText(rejected.retryAfterSeconds)}`
}

/** `1 click`, `1,204 clicks`. */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/** The recovery codes that are left after the use of one: `You have 9 recovery codes left.` */
export function codesLeftText(unused: number): string {
  const left = unused === 0 ? 'no recovery codes' : countText(unused, 'recovery code')
  const advice = unused > fewRecoveryCodes ? '' : ' Create new ones in your settings.'
  return `You have ${left} left.${advice}`
}
