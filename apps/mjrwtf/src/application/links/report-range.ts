import { type DayRange, parseDay } from '../../domain/calendar-day.ts'
import type { FieldError } from '../../domain/results.ts'
import { parseTimeZone, type TimeZone, utc } from '../../domain/time-zone.ts'

/** Choices that replace a first and a last day. */
export const quickRanges = ['7', '30', '90', 'all'] as const
export type QuickRange = (typeof quickRanges)[number]

/** The fields of the form. Each may be empty. */
export interface ReportRangeTexts {
  /** First and last day, `YYYY-MM-DD`, both inclusive. Both or neither; they take precedence over `days`. */
  readonly from: string
  readonly to: string
  /** One of `quickRanges`: that many days up to today, or all since the link was created. Default: `30`. */
  readonly days: string
  /** Time zone of the days. Default: UTC. */
  readonly zone: string
}

export type ReportField = keyof ReportRangeTexts

interface InvalidRange {
  readonly status: 'invalid'
  readonly fields: readonly FieldError<ReportField>[]
}

interface SelectedDays {
  readonly status: 'selected'
  readonly days: DayRange | QuickRange
}

type SelectedRange = SelectedDays & { readonly zone: TimeZone }

export function parseReportRange(texts: ReportRangeTexts): SelectedRange | InvalidRange {
  const zone = texts.zone === '' ? utc : parseTimeZone(texts.zone)
  const isQuick = texts.from === '' && texts.to === ''
  const selected = isQuick ? parseQuickRange(texts.days) : parseDays(texts)
  if (zone !== null) return selected.status === 'selected' ? { ...selected, zone } : selected
  return invalid(...(selected.status === 'invalid' ? selected.fields : []), unknownZoneError)
}

function parseQuickRange(text: string): SelectedDays | InvalidRange {
  const days = text === '' ? '30' : quickRanges.find((each) => each === text)
  return days === undefined ? invalid(unknownQuickRangeError) : { status: 'selected', days }
}

function parseDays(texts: ReportRangeTexts): SelectedDays | InvalidRange {
  const [from, to] = [parseDay(texts.from), parseDay(texts.to)]
  if (from === null || to === null) {
    return invalid(
      ...(from === null
        ? [{ field: 'from', message: invalidDayMessage(texts.from, 'From') } as const]
        : []),
      ...(to === null
        ? [{ field: 'to', message: invalidDayMessage(texts.to, 'To') } as const]
        : []),
    )
  }
  return from > to ? invalid(reversedRangeError) : { status: 'selected', days: { from, to } }
}

function invalid(...fields: readonly FieldError<ReportField>[]): InvalidRange {
  return { status: 'invalid', fields }
}

function invalidDayMessage(text: string, label: 'From' | 'To'): string {
  if (text === '') return `Enter a "${label}" date too.`
  return 'Enter a date from 1970 to 2099, like 2026-03-29.'
}

const reversedRangeError = {
  field: 'to',
  message: '"To" must not be before "From".',
} as const

const unknownZoneError = {
  field: 'zone',
  message: 'Unknown time zone. Choose one from the list.',
} as const

const unknownQuickRangeError = {
  field: 'days',
  message: 'Choose 7, 30 or 90 days, or all time.',
} as const
