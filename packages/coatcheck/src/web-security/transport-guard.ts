import type { Exchange } from '../http/exchange.ts'
import { redirect, refuse, requestKindOf } from '../http/guard-responses.ts'
import type { RequestHead } from '../http/incoming-request.ts'
import { isLoopback } from '../http/public-origin.ts'
import { requestUrl } from '../http/request-url.ts'
import type { WebContext } from '../http/web-context.ts'

/** Refuses a request that names its host twice. */
export async function requireSingleHostHeader<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Response | null> {
  // What is said twice is joined with a comma, which no host has.
  const host = exchange.request.headers.get('host')
  return host?.includes(',') ? refuse(context, exchange, 'ambiguous_host') : null
}

/**
 * Sends pages asked for over plain http to https, and refuses what may have carried a credential.
 */
export async function requireHttps<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Response | null> {
  if (!context.origin.https || exchange.isHttps) return null
  const { request } = exchange
  if (requestKindOf(context, request) === 'page' && isReadMethod(request)) {
    return redirect(308, toBaseUrl(context, request))
  }
  return refuse(context, exchange, 'https_required')
}

/** Sends a visitor of another loopback name to the configured one, where cookies and Origin fit. */
export function redirectToBaseUrl<Data>(
  context: WebContext<Data>,
  request: RequestHead,
): Response | null {
  const { https, host } = context.origin
  if (https || !isReadMethod(request)) return null
  const url = requestUrl(request, `http://${request.headers.get('host')}`)
  if (url === null || url.host === host || !isLoopback(url.hostname)) return null
  // Not for good: the port is another project's tomorrow.
  return redirect(307, toBaseUrl(context, request))
}

function isReadMethod({ method }: RequestHead): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The same path and query at the configured origin, never at the one the Host header names. */
function toBaseUrl<Data>({ origin }: WebContext<Data>, request: RequestHead): string {
  const { pathname = '/', search = '' } = requestUrl(request, origin.origin) ?? {}
  return `${origin.origin}${pathname}${search}`
}
