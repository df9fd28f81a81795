import type { ResponseHeader } from '../cookies/set-cookie.ts'
import { type RequestScope, requestKindOf } from '../guards/guard-responses.ts'
import { isWebSocketHandshake, type RequestHead } from '../incoming-request.ts'

/** What CORS depends on. */
export interface CorsScope extends RequestScope {
  /** `undefined` if there are none. */
  readonly trustedOrigins: ReadonlySet<string> | undefined
}

const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const allowedHeaders = 'Content-Type, X-CSRF-Token'

/** Seconds for which browsers keep the answer. Chromium reduces longer times to two hours. */
const preflightMaxAge = '7200'

const varyByOrigin: ResponseHeader = ['Vary', 'Origin']

/**
 * The headers that let a trusted origin read a response of the API, with any status. Names that origin,
 * and never `*`, which browsers reject together with cookies.
 */
export function corsHeaders(scope: CorsScope, request: RequestHead): readonly ResponseHeader[] {
  // A handshake needs no CORS, and on Workers its response cannot be copied.
  if (requestKindOf(scope, request) !== 'api' || isWebSocketHandshake(request)) return []
  const origin = trustedOriginOf(scope, request)
  if (origin === null) return [varyByOrigin]
  return [
    varyByOrigin,
    ['Access-Control-Allow-Origin', origin],
    ['Access-Control-Allow-Credentials', 'true'],
    ['Access-Control-Expose-Headers', 'Retry-After'],
  ]
}

/** Answers the preflight of a trusted origin for a path of the API; `corsHeaders` names the origin. */
export function answerPreflight(scope: CorsScope, request: RequestHead): Response | null {
  const { method, headers } = request
  if (scope.trustedOrigins === undefined || method !== 'OPTIONS') return null
  const isPreflight = headers.get('access-control-request-method') !== null
  if (!isPreflight || trustedOriginOf(scope, request) === null) return null
  if (requestKindOf(scope, request) !== 'api') return null
  return new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': allowedMethods,
      'Access-Control-Allow-Headers': allowedHeaders,
      'Access-Control-Max-Age': preflightMaxAge,
    },
  })
}

/** The Origin of a request if it is trusted. */
export function trustedOriginOf(
  { trustedOrigins }: Pick<CorsScope, 'trustedOrigins'>,
  { headers }: RequestHead,
): string | null {
  const origin = headers.get('origin')
  return origin !== null && trustedOrigins?.has(origin) === true ? origin : null
}
