import type { Context } from 'hono'
import { RepositoryError } from '../../../application/ports/repository-error.ts'
import type { AppEnv, PageContext } from '../http-context.ts'
import {
  notSaved,
  type Problem,
  type ProblemContext,
  respondWithProblem,
  unavailable,
} from './problem.tsx'

/**
 * Responds when a route throws: 503 if a database failed or could not be written, 429 to a client that presents too many unknown session
 * tokens, otherwise 500. The response never contains a stack trace.
 */
export function handleError(
  context: ProblemContext & Pick<PageContext, 'sessions' | 'log' | 'writes'>,
) {
  return async (error: Error, c: Context<AppEnv>): Promise<Response> => {
    const { requestId } = c.var
    if (isClientAbort(error)) return respondWithProblem(context, c, clientAborted)
    // In the log once, when it begins: a line for each request would fill the disk further.
    if (context.writes.report(error)) return respondWithProblem(context, c, notSaved)
    const response = await context.sessions.respondToFailure(error, c)
    // Not an error of ours, and any client can cause it. The library has reported it as an event.
    if (response?.status === 429) return response
    if (response !== null || error instanceof RepositoryError) {
      context.log.error({ requestId, error }, 'database unavailable')
      return response ?? respondWithProblem(context, c, unavailable)
    }
    context.log.error({ requestId, error }, 'request failed')
    return respondWithProblem(context, c, internalError)
  }
}

/** Whether the client closed the connection while it sent the body. Not an error of ours, and any client can cause it. */
function isClientAbort(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNRESET' && error.message === 'aborted'
}

/** The client has disconnected, so this only appears in the log. */
const clientAborted: Problem = {
  status: 400,
  code: 'invalid_request',
  message: 'The connection closed before the request was complete.',
}

const internalError: Problem = {
  status: 500,
  code: 'internal_error',
  message: 'If it happens again, send the request ID to the administrator.',
}
