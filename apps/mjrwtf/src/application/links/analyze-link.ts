import { supportedDays, utcMidnight } from '../../domain/calendar-day.ts'
import type { Link } from '../../domain/link.ts'
import type { FieldError, Invalid } from '../../domain/results.ts'
import { parseInstant } from '../../domain/time.ts'
import type { ClickCounts, TimeRange } from '../ports/click-repository.ts'
import type { OwnLink } from '../ports/link-repository.ts'
import type { LinksDependencies } from './dependencies.ts'
import type { FindOwnLink } from './own-links.ts'

export interface AnalyzeLinkRequest extends OwnLink {
  /** RFC 3339 with any offset; `start` is inclusive, `end` exclusive. Both or neither (absent, `null` or empty). */
  readonly start?: string | null
  readonly end?: string | null
}

export interface LinkAnalytics extends ClickCounts {
  readonly link: Link
  /** By UTC day. A visitor who returns on another day counts again. */
  readonly totalVisitors: number
}

export type AnalyzeLinkResult =
  | { readonly status: 'analyzed'; readonly analytics: LinkAnalytics }
  | Invalid<'start' | 'end'>
  | { readonly status: 'not-found' }

export type AnalyzeLink = (request: AnalyzeLinkRequest) => Promise<AnalyzeLinkResult>

interface AnalyzeLinkDependencies extends Pick<LinksDependencies, 'clicks' | 'visitors'> {
  readonly findOwnLink: FindOwnLink
}

export function createAnalyzeLink(dependencies: AnalyzeLinkDependencies): AnalyzeLink {
  const { findOwnLink, clicks, visitors } = dependencies
  return async function analyzeLink({ ownerId, shortCode, start, end }) {
    const link = await findOwnLink({ ownerId, shortCode })
    if (link === null) return { status: 'not-found' }
    const range = parseRange(start || null, end || null)
    if (range.status === 'invalid') return range
    const counts = await clicks.analyze(link.id, range)
    const span = { start: range.start ?? 0, end: range.end ?? utcMidnight(supportedDays.to) }
    const [totalVisitors = 0] = await visitors.countByBucket(link.id, [span])
    return { status: 'analyzed', analytics: { link, totalVisitors, ...counts } }
  }
}

type RangeResult = ({ readonly status: 'ok' } & TimeRange) | Invalid<'start' | 'end'>

function parseRange(startText: string | null, endText: string | null): RangeResult {
  if (startText === null && endText === null) return { status: 'ok', start: null, end: null }
  const start = startText === null ? null : parseInstant(startText)
  const end = endText === null ? null : parseInstant(endText)

  const fields: FieldError<'start' | 'end'>[] = []
  if (start === null)
    fields.push({
      field: 'start',
      message: startText === null ? bothOrNeitherMessage : instantMessage,
    })
  if (end === null)
    fields.push({ field: 'end', message: endText === null ? bothOrNeitherMessage : instantMessage })
  if (start !== null && end !== null && start >= end) {
    fields.push({ field: 'end', message: 'The end must be after the start.' })
  }
  return fields.length > 0 ? { status: 'invalid', fields } : { status: 'ok', start, end }
}

const bothOrNeitherMessage = 'Give both a start and an end, or neither.'
const instantMessage = 'Use a date and time with an offset, like 2030-12-31T23:59:00Z.'
