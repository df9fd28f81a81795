import type { Hono } from 'hono'
import type { SessionEndNotifier } from '../../../application/sessions/session-end-notifier.ts'
import type { AppEnv, RequestContext } from '../http-context.ts'
import { endReasonText, rejectionText } from '../middleware/guards.ts'
import { isFromOtherSite } from '../middleware/request-site.ts'
import { endedEvent, openEventStream } from '../responses/event-stream.ts'

export interface SessionEventsContext {
  /** Notifies open pages that their session has ended. */
  readonly sessionEnds: Pick<SessionEndNotifier, 'subscribe'>
}

/**
 * Notifies an open page that its session has ended: server-sent events with one event, `ended`, whose data is
 * `{"message"}` for the user. Without a session it is sent immediately. 204 means that the page should not wait: there
 * are too many subscribers, or the server stops.
 *
 * Neither the request nor the open stream counts as activity, so an open page does not keep its session alive.
 */
export function addSessionEventRoutes(app: Hono<AppEnv>, context: SessionEventsContext): void {
  app.get('/session/events', (c) => streamEvents(context, c))
}

async function streamEvents(context: SessionEventsContext, c: RequestContext): Promise<Response> {
  // A link on another site would take the place of a page of the user.
  if (isFromOtherSite(c)) return respondNoContent(c)
  // The script requests this without the user, and again when the connection breaks.
  const verification = await c.var.exchange.verification({ touch: false })
  if (verification.status === 'none') return respondWithoutSession(c, verification.reason)
  if (verification.status === 'ended') {
    const message = endReasonText(verification.reason)
    return message === null ? respondNoContent(c) : respondWithEvents(c, endedEvent(message))
  }
  // HEAD returns the headers of GET and must not wait.
  if (c.req.method === 'HEAD') return respondWithEvents(c, '')
  const { id: sessionId, userId } = verification.session
  const { ipAddress } = c.var.exchange.client
  const stream = openEventStream({
    subscribe: (tab) => context.sessionEnds.subscribe({ sessionId, userId, ipAddress }, tab),
    endReasonText,
    bufferedBytes: () => c.env.outgoing?.writableLength ?? 0,
  })
  return stream === null ? respondNoContent(c) : respondWithEvents(c, stream)
}

/** A session that was not verified for this client may still be active, so the message only says what is known. */
function respondWithoutSession(c: RequestContext, reason: string): Response {
  // Another page has just rotated the secret, and the browser has the new one by now.
  if (reason === 'secret-replaced') return respondNoContent(c)
  return respondWithEvents(c, endedEvent(rejectionText(reason)))
}

function respondNoContent(c: RequestContext): Response {
  return c.body(null, 204)
}

function respondWithEvents(c: RequestContext, body: ReadableStream<Uint8Array> | string): Response {
  c.header('Content-Type', 'text/event-stream; charset=utf-8')
  // Some proxies buffer a response before they forward it.
  c.header('X-Accel-Buffering', 'no')
  return typeof body === 'string' ? c.body(body) : c.body(body)
}
