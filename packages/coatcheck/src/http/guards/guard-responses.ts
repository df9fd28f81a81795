import { isStoreFailure } from '../../domain/errors.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { isWebSocketHandshake, type RequestHead, requestUrl } from '../incoming-request.ts'
import type { WebContext } from '../web-context.ts'
import {
  createRefusal,
  createThrottledRefusal,
  isThrottled,
  type RefusalCode,
  type RequestKind,
} from './refusals.ts'

/** Where the app and its API are: distinguishes API calls from pages. */
export type RequestScope = Pick<WebContext<unknown>, 'origin' | 'apiPrefix'>

/** Whether a request is for the API or a page, by its path; a WebSocket handshake is for the API. */
export function requestKindOf(scope: RequestScope, request: RequestHead): RequestKind {
  // A script opens it, for which a redirect to a page is of no use.
  if (isWebSocketHandshake(request)) return 'api'
  const path = requestUrl(request, scope.origin.origin)?.pathname ?? '/'
  const isApi = normalizePath(path).startsWith(normalizePath(scope.apiPrefix))
  return isApi ? 'api' : 'page'
}

/**
 * Routers match the decoded path, so `/%61pi/` is the API too, also before an escape that cannot be decoded; and
 * Express ignores case. A prefix is ASCII.
 */
function normalizePath(pathname: string): string {
  const decoded = pathname.replace(/%[0-7][\da-f]/gi, (escaped) =>
    String.fromCharCode(Number.parseInt(escaped.slice(1), 16)),
  )
  return decoded.toLowerCase()
}

/** Responds with a refusal in the format of the request's kind. */
export function refuse(
  scope: RequestScope,
  exchange: Pick<Exchange<unknown>, 'request' | 'respond'>,
  [code, detail = null]: readonly [code: RefusalCode, detail?: string | null],
): Promise<Response> {
  return exchange.respond(createRefusal(code, requestKindOf(scope, exchange.request), detail))
}

/** The guard's result, or the response to a session failure; rethrows other errors. */
export function withFailureResponse<Data, Result>(
  exchange: Exchange<Data>,
  kind: () => RequestKind,
  result: Promise<Result>,
): Promise<Result | Response> {
  return result.catch(async (error: unknown) => {
    const response = await respondToSessionFailure(exchange, kind, error)
    if (response === null) throw error
    return response
  })
}

/** Responds 503 if the store failed and 429 if it was not queried; returns `null` for other errors. */
export async function respondToSessionFailure<Data>(
  exchange: Exchange<Data>,
  kind: () => RequestKind,
  error: unknown,
): Promise<Response | null> {
  if (isThrottled(error)) {
    return exchange.respond(createThrottledRefusal(error.retryAfter, kind()))
  }
  return isStoreFailure(error) ? exchange.respond(createRefusal('store_unavailable', kind())) : null
}

/** A redirect with mutable headers, unlike `Response.redirect`. */
export function redirect(status: 303 | 307, location: string): Response {
  return new Response(null, { status, headers: { Location: location } })
}
