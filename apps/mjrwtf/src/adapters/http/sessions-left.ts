import { describe } from './failures.ts'
import { answerProblem, unavailable } from './problem.tsx'
import type { AppContext, Site } from './site.ts'

/** A password that was changed, while the database failed at ending the sessions of before. */
export interface SessionsLeft {
  readonly error: unknown
  /** For the person: no more than what was done. */
  readonly message: string
}

export function answerSessionsLeft(site: Site, c: AppContext, { error, message }: SessionsLeft) {
  site.log.error({ requestId: c.var.requestId, error: describe(error) }, 'sessions were not ended')
  return answerProblem(site, c, { ...unavailable, message })
}
