import type { Exchange } from '../http/exchange.ts'
import { refuse } from '../http/guard-responses.ts'
import type { RequestHeaders } from '../http/incoming-request.ts'
import { isUnsafeMethod } from '../http/request-origin.ts'
import type { WebContext } from '../http/web-context.ts'

/**
 * Refuses what another site loads into itself: images, scripts, fetches and frames. Following a
 * link here stays possible (Fetch Metadata resource isolation, ASVS 5.0 V3.5.8).
 */
export async function enforceResourceIsolation<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Response | null> {
  const { method, headers } = exchange.request
  // Unsafe methods are the CSRF guard's: it knows better what it refuses, and says so in an event.
  if (isUnsafeMethod(method) || !isCrossOrigin(headers) || isTopNavigation(headers)) return null
  return refuse(context, exchange, 'embedding_refused')
}

function isCrossOrigin(headers: RequestHeaders): boolean {
  const fetchSite = headers.get('sec-fetch-site')
  return fetchSite === 'cross-site' || fetchSite === 'same-site'
}

function isTopNavigation(headers: RequestHeaders): boolean {
  return (
    headers.get('sec-fetch-mode') === 'navigate' && headers.get('sec-fetch-dest') === 'document'
  )
}
