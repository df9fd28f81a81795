import type { Context } from 'hono'
import { RepositoryError } from '../../../application/ports/repository-error.ts'
import type { AppEnv, HttpContext } from '../http-context.ts'
import { type Problem, respondWithProblem, unavailable } from './problem.tsx'

/**
 * The last resort for what a route threw: 503 when a database failed, 429 to who presents unknown session tokens without
 * end, else 500. None shows a stack.
 */
export function handleError(context: HttpContext) {
  return async (error: Error, c: Context<AppEnv>): Promise<Response> => {
    const { requestId } = c.var
    if (isClientAbort(error)) return respondWithProblem(context, c, clientAborted)
    const response = await context.sessions.respondToFailure(error, c)
    // Nothing failed, and anybody can cause it at will: an event has told of it, once.
    if (response?.status === 429) return response
    if (response !== null || error instanceof RepositoryError) {
      context.log.error({ requestId, error }, 'database unavailable')
      return response ?? respondWithProblem(context, c, unavailable)
    }
    context.log.error({ requestId, error }, 'request failed')
    return respondWithProblem(context, c, internalError)
  }
}

/** What Node says when the sender of a body hangs up: no fault of ours, and anybody can do it at will. */
function isClientAbort(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNRESET' && error.message === 'aborted'
}

/** Nobody is left to read it; it is for the log. */
const clientAborted: Problem = {
  status: 400,
  code: 'invalid_request',
  message: 'The request ended before all of it had come.',
}

const internalError: Problem = {
  status: 500,
  code: 'internal_error',
  message: 'The request could not be finished. Quote the request id to whoever runs this server.',
}
