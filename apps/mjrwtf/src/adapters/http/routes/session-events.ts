import type { Hono } from 'hono'
import { endedEvent, openEventStream } from '../event-stream.ts'
import { endingText } from '../guards.ts'
import type { AppContext, AppEnv, Site } from '../site.ts'

/**
 * Where an open page of somebody signed in hears that its session has ended: server-sent events, of which there
 * is one, `ended`, with `{"message"}` for the person. Without a session it comes at once. 204 says that
 * there is nothing to wait for: too many wait already, or the server stops.
 *
 * To ask is no activity, and neither is to wait: a page left open does not keep its session alive.
 */
export function addSessionEventRoutes(app: Hono<AppEnv>, site: Site): void {
  app.get('/session/events', (c) => openEvents(site, c))
}

async function openEvents(site: Site, c: AppContext): Promise<Response> {
  // The page asks by itself, and again whenever the connection breaks: nobody has to be there for that.
  const verification = await c.var.exchange.verification({ touch: false })
  if (verification.status === 'none') return answerNone(c, verification.reason)
  if (verification.status === 'ended') {
    const message = endingText(verification.reason)
    return message === null ? nothing(c) : answer(c, endedEvent(message))
  }
  // A HEAD is answered like the GET, and must not wait for anything.
  if (c.req.method === 'HEAD') return answer(c, '')
  const { id } = verification.session
  const stream = openEventStream((tab) => site.tabs.add(id, tab), endingText)
  return stream === null ? nothing(c) : answer(c, stream)
}

/** A session that is not opened for this client may go on all the same: nothing is said to have ended that has not. */
function answerNone(c: AppContext, reason: string): Response {
  // Another page has just changed the secret, and the browser has the new one by now.
  if (reason === 'secret-replaced') return nothing(c)
  return answer(c, endedEvent(endingText(reason) ?? 'You are signed out.'))
}

function nothing(c: AppContext): Response {
  return c.body(null, 204)
}

function answer(c: AppContext, body: ReadableStream<Uint8Array> | string): Response {
  c.header('Content-Type', 'text/event-stream; charset=utf-8')
  // Some proxies collect an answer before they pass it on.
  c.header('X-Accel-Buffering', 'no')
  return typeof body === 'string' ? c.body(body) : c.body(body)
}
