import type { ReportField, ReportRangeTexts } from '../../../application/links/report-range.ts'
import type { FieldError } from '../../../domain/results.ts'
import type { RequestContext } from '../http-context.ts'
import { displayFormatOf } from '../responses/page.ts'
import type { Problem } from '../responses/problem.tsx'

/** A repeated parameter becomes a list, which is neither a date nor a zone. */
export function readRangeTexts(c: RequestContext): ReportRangeTexts {
  const text = (name: string) => c.req.queries(name)?.join(', ') ?? ''
  const { isOwnZone, timeZone } = displayFormatOf(c)
  const zone = text('zone') === '' && isOwnZone ? timeZone : text('zone')
  return { from: text('from'), to: text('to'), days: text('days'), zone }
}

/** For a response that has no form. */
export function invalidRange(fields: readonly FieldError<ReportField>[]): Problem {
  const message = fields.map(({ field, message: text }) => `${field}: ${text}`).join(' ')
  return { status: 400, code: 'invalid_request', message }
}
