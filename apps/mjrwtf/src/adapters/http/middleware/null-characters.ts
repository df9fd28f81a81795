import type { AppMiddleware } from '../http-context.ts'
import { notFound, type ProblemContext, respondWithProblem } from '../responses/problem.tsx'

/** No path of the app contains a null character, and PostgreSQL rejects it as a value, which would be a 503. */
export function rejectNullCharacters(context: ProblemContext): AppMiddleware {
  return async (c, next) => {
    const { pathname } = new URL(c.req.url)
    return pathname.includes('%00') ? respondWithProblem(context, c, notFound) : next()
  }
}
