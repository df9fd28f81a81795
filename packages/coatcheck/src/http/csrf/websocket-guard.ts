import { cookieValues } from '../cookies/cookie-header.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { describeCsrfRefusal, detailOf } from '../guards/refusal-details.ts'
import { createRefusal } from '../guards/refusals.ts'
import { isWebSocketHandshake } from '../incoming-request.ts'
import type { WebContext } from '../web-context.ts'
import { report } from './csrf-guard.ts'
import { checkOrigin } from './origin-check.ts'

/**
 * Refuses a WebSocket handshake that a page of another site makes. The same-origin policy does not
 * apply to WebSockets: the page could read and send everything with the user's cookie, also from a
 * sibling host, for which the cookie is same-site (RFC 6455 section 10.2, ASVS 5.0 V4.4.2).
 */
export async function guardWebSocket<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Response | null> {
  const { request } = exchange
  if (!isWebSocketHandshake(request)) return null
  const { headers } = request
  const isBrowser = headers.get('origin') !== null || headers.get('sec-fetch-site') !== null
  // Every browser sends Origin with a handshake. Without it only the cookie could be abused.
  const hasCookie = cookieValues(headers.get('cookie'), context.cookies.session).length > 0
  if (!isBrowser && !hasCookie) return null
  const { origin, trustedOrigins } = context
  const reason = isBrowser ? checkOrigin(headers, origin.origin, trustedOrigins) : 'foreign-origin'
  if (reason === null) {
    // The first verification counts: opening a socket is not activity, because pages do it on their own.
    if (hasCookie) exchange.verification({ touch: false }).catch(() => {})
    return null
  }
  await report(context, exchange, reason)
  const detail = detailOf(context, () => describeCsrfRefusal(context, request, [reason, 'api']))
  return exchange.respond(createRefusal('csrf_refused', 'api', detail))
}
