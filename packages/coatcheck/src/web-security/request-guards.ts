import { type CorsScope, trustedOriginOf } from '../http/csrf/cors.ts'
import {
  type RequestScope,
  redirect,
  refuse,
  requestKindOf,
} from '../http/guards/guard-responses.ts'
import { describeEmbedding, detailOf } from '../http/guards/refusal-details.ts'
import {
  isUnsafeMethod,
  type RequestHead,
  type RequestHeaders,
  requestUrl,
} from '../http/incoming-request.ts'
import { isLoopback } from '../http/public-origin.ts'
import type { WebSecurity } from './web-security.ts'

type RequestGuards = Omit<WebSecurity, 'pageHeaders' | 'apiHeaders' | 'createNonce'>

export function createRequestGuards(scope: CorsScope): RequestGuards {
  const { https, host } = scope.origin

  return {
    async requireValidHost(exchange) {
      const hosts = exchange.request.headers.get('host')
      if (hosts === null || isHost(hosts)) return null
      // Repeated headers are joined with a comma, which no host contains.
      const code = hosts.includes(',') ? 'ambiguous_host' : 'invalid_host'
      return refuse(scope, exchange, [code])
    },
    async requireHttps(exchange) {
      if (!https || exchange.isHttps) return null
      const { request } = exchange
      const isPage = requestKindOf(scope, request) === 'page'
      const isLoop = exchange.redirectLoop() !== null
      if (!isPage || !isReadMethod(request)) return refuse(scope, exchange, ['https_required'])
      if (isLoop) return refuse(scope, exchange, ['proxy_misconfigured'])
      // Not permanent: browsers keep a wrong permanent redirect, also after the server is repaired.
      return redirect(307, toBaseUrl(scope, request))
    },
    async redirectToBaseUrl({ request }) {
      if (https || !isReadMethod(request)) return null
      const url = requestUrl(request, `http://${request.headers.get('host')}`)
      if (url === null || url.host === host || !isLoopback(url.hostname)) return null
      // Not permanent: another project may use the port tomorrow.
      return redirect(307, toBaseUrl(scope, request))
    },
    async enforceResourceIsolation(exchange) {
      const { method, headers } = exchange.request
      // The CSRF guard handles unsafe methods and reports them in an event.
      if (isUnsafeMethod(method) || !isCrossOrigin(headers)) return null
      const isPage = requestKindOf(scope, exchange.request) === 'page'
      if (isPage && isTopNavigation(headers)) return null
      // Only CORS requests have an Origin: an image of the same page is refused.
      if (!isPage && trustedOriginOf(scope, exchange.request) !== null) return null
      const detail = detailOf(scope, () => describeEmbedding(exchange.request))
      return refuse(scope, exchange, ['embedding_refused', detail])
    },
  }
}

/** Hosts that need no parser: names whose last label is no number, IPv4 addresses cannot be among them. */
const plainHost = /^(?:[a-z0-9-]+\.)*[a-z-][a-z0-9-]*(?::\d{1,4})?$/i

/** Whether the text is a host and possibly a port, as a URL contains them: `999.1.1.1` and `a:99999` are none. */
function isHost(text: string): boolean {
  if (plainHost.test(text) && !/xn--/i.test(text)) return true
  return !/[\s,/?#@\\]/.test(text) && URL.canParse(`http://${text}`)
}

function isCrossOrigin(headers: RequestHeaders): boolean {
  const fetchSite = headers.get('sec-fetch-site')
  return fetchSite === 'cross-site' || fetchSite === 'same-site'
}

function isTopNavigation(headers: RequestHeaders): boolean {
  const isNavigation = headers.get('sec-fetch-mode') === 'navigate'
  return isNavigation && headers.get('sec-fetch-dest') === 'document'
}

function isReadMethod({ method }: RequestHead): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The same path and query on the configured origin, never on the host of the Host header. */
function toBaseUrl({ origin }: RequestScope, request: RequestHead): string {
  const { pathname = '/', search = '' } = requestUrl(request, origin.origin) ?? {}
  return `${origin.origin}${pathname}${search}`
}
