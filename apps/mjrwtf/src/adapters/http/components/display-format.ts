import { defaultLocale, type Locale } from '../../../domain/locale.ts'
import { type TimeZone, utc } from '../../../domain/time-zone.ts'

/** How a page writes times for its reader. */
export interface DisplayFormat {
  readonly timeZone: TimeZone
  readonly locale: Locale
  /** Whether it is the zone of the reader. Otherwise times name their zone, and a script shows those of the browser. */
  readonly isOwnZone: boolean
}

export const defaultFormat: DisplayFormat = {
  timeZone: utc,
  locale: defaultLocale,
  isOwnZone: false,
}

/** Of the page that is being rendered. */
let current = defaultFormat

/**
 * Renders with the format of the reader. Rendering is synchronous, so that no other page is rendered in between. The
 * alternative is a parameter of every component that shows a time, and a page that forgets one shows the wrong zone.
 */
export function renderIn<Result>(format: DisplayFormat, render: () => Result): Result {
  const before = current
  current = format
  try {
    return render()
  } finally {
    current = before
  }
}

/** The format of the page that is being rendered; the default outside of `renderIn`. */
export function currentFormat(): DisplayFormat {
  return current
}

export type TimePrecision = 'day' | 'minute' | 'second'

const precisions: Readonly<Record<TimePrecision, Intl.DateTimeFormatOptions>> = {
  day: { dateStyle: 'medium' },
  minute: { dateStyle: 'medium', timeStyle: 'short' },
  second: { dateStyle: 'medium', timeStyle: 'medium' },
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** There are about 400 zones and 50 locales. A formatter has some kilobytes. */
const maxFormatters = 200

/** The formatter of a combination that was used recently. Creating one takes longer than rendering a page. */
function formatterOf(key: string, create: () => Intl.DateTimeFormat): Intl.DateTimeFormat {
  const known = formatters.get(key)
  if (known !== undefined) return known
  const [oldest] = formatters.keys()
  if (formatters.size >= maxFormatters && oldest !== undefined) formatters.delete(oldest)
  const created = create()
  formatters.set(key, created)
  return created
}

/** The instant in the zone and the style of the format, without the name of the zone. */
export function formatTime(
  instant: number,
  precision: TimePrecision,
  { timeZone, locale }: DisplayFormat = current,
): string {
  const formatter = formatterOf(
    `${precision} ${locale} ${timeZone}`,
    () => new Intl.DateTimeFormat(locale, { ...precisions[precision], timeZone }),
  )
  return formatter.format(instant)
}

/** Short name of the zone at the instant: `UTC`, `CET`, `GMT+5:30`. */
export function zoneLabel(instant: number, { timeZone, locale }: DisplayFormat = current): string {
  if (timeZone === utc) return utc
  const formatter = formatterOf(
    `zone ${locale} ${timeZone}`,
    () => new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' }),
  )
  const part = formatter.formatToParts(instant).find(({ type }) => type === 'timeZoneName')
  return part?.value ?? timeZone
}
