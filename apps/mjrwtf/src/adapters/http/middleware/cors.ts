import type { AppMiddleware, PageContext, RequestContext } from '../http-context.ts'
import type { ProblemContext } from '../responses/problem.tsx'

// CORS_ORIGINS: pages of other origins may call the API, with bearer tokens only. The library's `trustedOrigins` would let
// them use the cookie of the session.

export interface CorsContext extends ProblemContext, Pick<PageContext, 'options'> {
  /** The answer to a request without a bearer token. */
  readonly refuse: (c: RequestContext) => Response | Promise<Response>
}

/** What client applications call without a token of a user. None of it reads a cookie. */
const publicPaths: ReadonlySet<string> = new Set([
  ...['/openapi.json', '/.well-known/oauth-authorization-server'],
  ...['/oauth/token', '/oauth/revoke', '/oauth/device_authorization'],
])

const allowed = [
  ['Access-Control-Allow-Methods', 'GET, HEAD, POST, PATCH, DELETE'],
  ['Access-Control-Allow-Headers', 'Authorization, Content-Type'],
  // Chromium reduces longer times to two hours.
  ['Access-Control-Max-Age', '7200'],
] as const

const exposed = 'Retry-After, WWW-Authenticate, X-Request-Id, Deprecation, Sunset'

const readable = [
  ['Vary', 'Origin'],
  ['Access-Control-Expose-Headers', exposed],
] as const

/**
 * Answers preflights of the allowed origins, and lets them read every response of the API, errors too. Never allows
 * credentials: browsers then keep a response from the page if it was requested with cookies. A request to `/api` that has no
 * bearer token is refused, so that a cookie has no effect.
 */
export function allowOrigins(context: CorsContext): AppMiddleware {
  return async (c, next) => {
    const origin = allowedOriginOf(context, c)
    if (origin === null) return next()
    const allow = () => setHeaders(c, [['Access-Control-Allow-Origin', origin], ...readable])
    if (isPreflight(c)) {
      allow()
      setHeaders(c, allowed)
      return c.body(null, 204)
    }
    if (isApi(c.req.path) && !hasToken(c)) {
      allow()
      return context.refuse(c)
    }
    await next()
    // Last, because an error replaces the response.
    allow()
  }
}

function setHeaders(c: RequestContext, headers: readonly (readonly [string, string])[]): void {
  for (const [name, value] of headers) c.header(name, value)
}

function isPreflight({ req }: RequestContext): boolean {
  return req.method === 'OPTIONS' && req.header('Access-Control-Request-Method') !== undefined
}

function hasToken({ req }: RequestContext): boolean {
  return /^bearer +\S/i.test(req.header('Authorization') ?? '')
}

/** The origin of the request, if it is one of CORS_ORIGINS and may call the path. Never that of the app itself. */
export function allowedOriginOf(
  { options }: Pick<PageContext, 'options'>,
  c: Pick<RequestContext, 'req'>,
): string | null {
  const origin = c.req.header('Origin') ?? ''
  if (!options.corsOrigins.includes(origin) || origin === options.baseUrl) return null
  return isApi(c.req.path) || publicPaths.has(c.req.path) ? origin : null
}

function isApi(path: string): boolean {
  return path.startsWith('/api/')
}
