import { type DayRange, parseDay } from '../domain/calendar-day.ts'
import type { FieldError } from '../domain/refusals.ts'
import { parseTimeZone, type TimeZone, utc } from '../domain/time-zone.ts'

/** What people may choose instead of a first and a last day. */
export const quickRanges = ['7', '30', '90', 'all'] as const
export type QuickRange = (typeof quickRanges)[number]

/** What a report is to be about. Every text may be empty. */
export interface ReportRangeTexts {
  /** First and last day, `YYYY-MM-DD`, both inside the range. Both or neither; with them, `days` is not looked at. */
  readonly from: string
  readonly to: string
  /** One of `quickRanges`: so many days up to today, or all since the link was made. Default: `30`. */
  readonly days: string
  /** Name of the time zone in which days are counted. Default: UTC. */
  readonly zone: string
}

export type ReportField = keyof ReportRangeTexts

interface Wrong {
  readonly status: 'invalid'
  readonly fields: readonly FieldError<ReportField>[]
}

interface ChosenDays {
  readonly status: 'chosen'
  readonly days: DayRange | QuickRange
}

type Chosen = ChosenDays & { readonly zone: TimeZone }

/** Reads which days are meant, and in which zone. */
export function readReportRange(texts: ReportRangeTexts): Chosen | Wrong {
  const zone = texts.zone === '' ? utc : parseTimeZone(texts.zone)
  const isQuick = texts.from === '' && texts.to === ''
  const chosen = isQuick ? readQuickRange(texts.days) : readDays(texts)
  if (zone !== null) return chosen.status === 'chosen' ? { ...chosen, zone } : chosen
  return wrong(...(chosen.status === 'invalid' ? chosen.fields : []), noSuchZone)
}

function readQuickRange(text: string): ChosenDays | Wrong {
  const days = text === '' ? '30' : quickRanges.find((each) => each === text)
  return days === undefined ? wrong(noSuchQuickRange) : { status: 'chosen', days }
}

function readDays(texts: ReportRangeTexts): ChosenDays | Wrong {
  const [from, to] = [parseDay(texts.from), parseDay(texts.to)]
  if (from === null || to === null) {
    return wrong(
      ...(from === null ? [{ field: 'from', message: noDay(texts.from, 'first') } as const] : []),
      ...(to === null ? [{ field: 'to', message: noDay(texts.to, 'last') } as const] : []),
    )
  }
  return from > to ? wrong(backwards) : { status: 'chosen', days: { from, to } }
}

function wrong(...fields: readonly FieldError<ReportField>[]): Wrong {
  return { status: 'invalid', fields }
}

function noDay(text: string, which: 'first' | 'last'): string {
  if (text === '') return `Choose the ${which} day as well.`
  return 'Use a day from 1970 to 2099, such as 2026-03-29.'
}

const backwards = {
  field: 'to',
  message: 'The last day must not come before the first.',
} as const

const noSuchZone = {
  field: 'zone',
  message: 'There is no such time zone. Choose one from the list.',
} as const

const noSuchQuickRange = {
  field: 'days',
  message: 'Choose 7, 30 or 90 days, or everything.',
} as const
