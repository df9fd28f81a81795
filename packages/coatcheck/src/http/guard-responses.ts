import { SessionError } from '../domain/errors.ts'
import type { Exchange } from './exchange.ts'
import type { RequestHead } from './incoming-request.ts'
import type { RefusalCode, RequestKind } from './refusal.ts'
import { createRefusal, createThrottledRefusal } from './refusals.ts'
import { requestUrl } from './request-url.ts'
import { ThrottledError } from './throttled-error.ts'
import type { WebContext } from './web-context.ts'

/** Whether a request is for the API or a page, by its path. */
export function requestKindOf<Data>(
  { origin, apiPrefix }: WebContext<Data>,
  request: RequestHead,
): RequestKind {
  const path = requestUrl(request, origin.origin)?.pathname ?? '/'
  return decodePath(path).startsWith(apiPrefix) ? 'api' : 'page'
}

/** Routers match the decoded path, so that `/%61pi/` is the API to them. */
function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}

/** Answers a refusal in the kind of its request. */
export function refuse<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  code: RefusalCode,
): Promise<Response> {
  return exchange.respond(createRefusal(code, requestKindOf(context, exchange.request)))
}

/** What a guard answers, or the answer where nothing can be told; every other error passes. */
export function orUnavailable<Data, Result>(
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

/**
 * The answer where an error says that nothing is known about the session: 503 where the store failed,
 * 429 where it was not asked; else `null`.
 */
export async function respondToSessionFailure<Data>(
  exchange: Exchange<Data>,
  kind: () => RequestKind,
  error: unknown,
): Promise<Response | null> {
  if (error instanceof ThrottledError) {
    return exchange.respond(createThrottledRefusal(error.retryAfter, kind()))
  }
  const isStoreFailure = error instanceof SessionError && error.code === 'store-unavailable'
  return isStoreFailure ? exchange.respond(createRefusal('store_unavailable', kind())) : null
}

/** A redirect whose headers can still be added to. */
export function redirect(status: 303 | 307 | 308, location: string): Response {
  return new Response(null, { status, headers: { Location: location } })
}
