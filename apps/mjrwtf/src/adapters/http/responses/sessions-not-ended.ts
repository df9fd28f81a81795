import type { HttpContext, RequestContext } from '../http-context.ts'
import { respondWithProblem, unavailable } from './problem.tsx'

/** A password that was changed, while the database failed at ending the sessions of before. */
export interface SessionsNotEnded {
  readonly error: unknown
  /** For the person: no more than what was done. */
  readonly message: string
}

export function respondSessionsNotEnded(
  context: HttpContext,
  c: RequestContext,
  { error, message }: SessionsNotEnded,
) {
  context.log.error({ requestId: c.var.requestId, error }, 'sessions were not ended')
  return respondWithProblem(context, c, { ...unavailable, message })
}
