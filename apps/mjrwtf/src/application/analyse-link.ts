import { parseInstant } from '../domain/instant-text.ts'
import type { Link } from '../domain/link.ts'
import type { FieldError, Invalid } from '../domain/refusals.ts'
import { isShortCode } from '../domain/short-code.ts'
import type { ClickCounts, ClickRepository, TimeRange } from './ports/click-repository.ts'
import type { LinkRepository, OwnLink } from './ports/link-repository.ts'

export interface AnalyseLinkRequest extends OwnLink {
  /** RFC 3339 with any offset; `start` is inside the range, `end` is not. Both or neither (absent, `null` or empty). */
  readonly start?: string | null
  readonly end?: string | null
}

export interface LinkAnalytics extends ClickCounts {
  readonly link: Link
}

export type AnalyseLinkResult =
  | { readonly status: 'analysed'; readonly analytics: LinkAnalytics }
  | Invalid<'start' | 'end'>
  | { readonly status: 'not-found' }

export type AnalyseLink = (request: AnalyseLinkRequest) => Promise<AnalyseLinkResult>

export interface AnalyseLinkPorts {
  readonly links: LinkRepository
  readonly clicks: ClickRepository
}

export function createAnalyseLink({ links, clicks }: AnalyseLinkPorts): AnalyseLink {
  return async function analyseLink({ ownerId, shortCode, start, end }) {
    const link = isShortCode(shortCode) ? await links.findOwn({ ownerId, shortCode }) : null
    if (link === null) return { status: 'not-found' }
    const range = readRange(start || null, end || null)
    if (range.status === 'invalid') return range
    return { status: 'analysed', analytics: { link, ...(await clicks.analyse(link.id, range)) } }
  }
}

type RangeResult = ({ readonly status: 'ok' } & TimeRange) | Invalid<'start' | 'end'>

function readRange(startText: string | null, endText: string | null): RangeResult {
  if (startText === null && endText === null) return { status: 'ok', start: null, end: null }
  const start = startText === null ? null : parseInstant(startText)
  const end = endText === null ? null : parseInstant(endText)

  const fields: FieldError<'start' | 'end'>[] = []
  if (start === null) fields.push({ field: 'start', message: startText === null ? both : instant })
  if (end === null) fields.push({ field: 'end', message: endText === null ? both : instant })
  if (start !== null && end !== null && start >= end) {
    fields.push({ field: 'end', message: 'The end must come after the start.' })
  }
  return fields.length > 0 ? { status: 'invalid', fields } : { status: 'ok', start, end }
}

const both = 'Give both the start and the end, or neither.'
const instant = 'Use a date and time with an offset, such as 2030-12-31T23:59:00Z.'
