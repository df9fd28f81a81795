import type { HttpContext, RequestContext } from '../http-context.ts'
import { respondWithProblem, unavailable } from './problem.tsx'

/** The password was changed, but the database failed while it ended the earlier sessions. */
export interface SessionsNotEnded {
  readonly error: unknown
  /** For the user. States only what was done. */
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
