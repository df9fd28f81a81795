import type { Hono } from 'hono'
import type { AppEnv, HttpContext, RequestContext } from '../http-context.ts'
import { endReasonText } from '../middleware/guards.ts'
import { endedEvent, openEventStream } from '../responses/event-stream.ts'

/**
 * Where an open page of somebody signed in hears that its session has ended: server-sent events, of which there
 * is one, `ended`, with `{"message"}` for the person. Without a session it comes at once. 204 says that
 * there is nothing to wait for: too many wait already, or the server stops.
 *
 * To ask is no activity, and neither is to wait: a page left open does not keep its session alive.
 */
export function addSessionEventRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  app.get('/session/events', (c) => streamEvents(context, c))
}

async function streamEvents(context: HttpContext, c: RequestContext): Promise<Response> {
  // The page asks by itself, and again whenever the connection breaks: nobody has to be there for that.
  const verification = await c.var.exchange.verification({ touch: false })
  if (verification.status === 'none') return respondWithoutSession(c, verification.reason)
  if (verification.status === 'ended') {
    const message = endReasonText(verification.reason)
    return message === null ? respondNoContent(c) : respondWithEvents(c, endedEvent(message))
  }
  // A HEAD is answered like the GET, and must not wait for anything.
  if (c.req.method === 'HEAD') return respondWithEvents(c, '')
  const { id } = verification.session
  const stream = openEventStream((tab) => context.sessionEnds.subscribe(id, tab), endReasonText)
  return stream === null ? respondNoContent(c) : respondWithEvents(c, stream)
}

/** A session that is not opened for this client may go on all the same: nothing is said to have ended that has not. */
function respondWithoutSession(c: RequestContext, reason: string): Response {
  // Another page has just changed the secret, and the browser has the new one by now.
  if (reason === 'secret-replaced') return respondNoContent(c)
  return respondWithEvents(c, endedEvent(endReasonText(reason) ?? 'You are signed out.'))
}

function respondNoContent(c: RequestContext): Response {
  return c.body(null, 204)
}

function respondWithEvents(c: RequestContext, body: ReadableStream<Uint8Array> | string): Response {
  c.header('Content-Type', 'text/event-stream; charset=utf-8')
  // Some proxies collect an answer before they pass it on.
  c.header('X-Accel-Buffering', 'no')
  return typeof body === 'string' ? c.body(body) : c.body(body)
}
