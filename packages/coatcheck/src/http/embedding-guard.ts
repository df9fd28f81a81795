import type { Exchange } from './exchange.ts'
import { refuse } from './guard-answers.ts'
import { isUnsafe } from './request-origin.ts'
import type { RequestHeaders } from './request-slice.ts'
import type { WebContext } from './web-context.ts'

/**
 * Refuses what another site loads into itself: images, scripts, fetches and frames. Following a
 * link here stays possible (Fetch Metadata resource isolation, ASVS 5.0 V3.5.8).
 */
export async function refuseEmbedding<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Response | null> {
  const { method, headers } = exchange.request
  // Unsafe methods are the CSRF guard's: it knows better what it refuses, and says so in an event.
  if (isUnsafe(method) || !isForeign(headers) || isTopNavigation(headers)) return null
  return refuse(context, exchange, 'embedding_refused')
}

function isForeign(headers: RequestHeaders): boolean {
  const site = headers.get('sec-fetch-site')
  return site === 'cross-site' || site === 'same-site'
}

function isTopNavigation(headers: RequestHeaders): boolean {
  return (
    headers.get('sec-fetch-mode') === 'navigate' && headers.get('sec-fetch-dest') === 'document'
  )
}
