import { type RequestScope, redirect, refuse, requestKindOf } from '../http/guard-responses.ts'
import {
  isUnsafeMethod,
  type RequestHead,
  type RequestHeaders,
  requestUrl,
} from '../http/incoming-request.ts'
import { isLoopback } from '../http/public-origin.ts'
import type { GuardedExchange } from './web-security.ts'

/** Refuses a request with more than one Host header. */
export async function requireSingleHostHeader(
  scope: RequestScope,
  exchange: GuardedExchange,
): Promise<Response | null> {
  // Repeated headers are joined with a comma, which no host contains.
  const host = exchange.request.headers.get('host')
  return host?.includes(',') ? refuse(scope, exchange, 'ambiguous_host') : null
}

/** Redirects pages from http to https; refuses requests that may have sent a credential in the clear. */
export async function requireHttps(
  scope: RequestScope,
  exchange: GuardedExchange,
): Promise<Response | null> {
  if (!scope.origin.https || exchange.isHttps) return null
  const { request } = exchange
  if (requestKindOf(scope, request) === 'page' && isReadMethod(request)) {
    return redirect(308, toBaseUrl(scope, request))
  }
  return refuse(scope, exchange, 'https_required')
}

/** Redirects from another loopback name to the configured one, whose cookies and Origin match. */
export function redirectToBaseUrl(scope: RequestScope, request: RequestHead): Response | null {
  const { https, host } = scope.origin
  if (https || !isReadMethod(request)) return null
  const url = requestUrl(request, `http://${request.headers.get('host')}`)
  if (url === null || url.host === host || !isLoopback(url.hostname)) return null
  // Not permanent: another project may use the port tomorrow.
  return redirect(307, toBaseUrl(scope, request))
}

/**
 * Refuses images, scripts, fetches and frames that another site loads; navigation by a link passes
 * (Fetch Metadata resource isolation policy, ASVS 5.0 V3.5.8).
 */
export async function enforceResourceIsolation(
  scope: RequestScope,
  exchange: GuardedExchange,
): Promise<Response | null> {
  const { method, headers } = exchange.request
  // The CSRF guard handles unsafe methods and reports them in an event.
  if (isUnsafeMethod(method) || !isCrossOrigin(headers) || isTopNavigation(headers)) return null
  return refuse(scope, exchange, 'embedding_refused')
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

function isReadMethod({ method }: RequestHead): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The same path and query on the configured origin, never on the host of the Host header. */
function toBaseUrl({ origin }: RequestScope, request: RequestHead): string {
  const { pathname = '/', search = '' } = requestUrl(request, origin.origin) ?? {}
  return `${origin.origin}${pathname}${search}`
}
