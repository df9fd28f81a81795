import type { Context } from 'hono'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import { answerProblem, type Problem, unavailable } from './problem.tsx'
import type { AppEnv, Site } from './site.ts'

/**
 * The last resort for what a route threw: 503 when a database failed, 429 to who presents unknown session tokens without
 * end, else 500. None shows a stack.
 */
export function answerFailure(site: Site) {
  return async (error: Error, c: Context<AppEnv>): Promise<Response> => {
    const { requestId } = c.var
    if (isBrokenOff(error)) return answerProblem(site, c, brokenOff)
    const answer = await site.sessions.respondToFailure(error, c)
    // Nothing failed, and anybody can cause it at will: an event has told of it, once.
    if (answer?.status === 429) return answer
    if (answer !== null || error instanceof RepositoryError) {
      site.log.error({ requestId, error: describe(error) }, 'database unavailable')
      return answer ?? answerProblem(site, c, unavailable)
    }
    site.log.error({ requestId, error: describe(error) }, 'request failed')
    return answerProblem(site, c, broken)
  }
}

/** What Node says when the sender of a body hangs up: no fault of ours, and anybody can do it at will. */
function isBrokenOff(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNRESET' && error.message === 'aborted'
}

/** Nobody is left to read it; it is for the log. */
const brokenOff: Problem = {
  status: 400,
  code: 'invalid_request',
  message: 'The request ended before all of it had come.',
}

const broken: Problem = {
  status: 500,
  code: 'internal_error',
  message: 'The request could not be finished. Quote the request id to whoever runs this server.',
}

interface DescribedError {
  readonly name: string
  readonly message: string
  readonly stack?: string | undefined
  readonly cause?: DescribedError
}

/** Name, message and stack, and those of the causes. Not the error's other fields: drivers put values there. */
export function describe(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { name: 'unknown', message: 'unknown' }
  const { name, message, stack, cause } = error
  if (!(cause instanceof Error) || depth === 4) return { name, message, stack }
  return { name, message, stack, cause: describe(cause, depth + 1) }
}
