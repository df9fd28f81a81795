import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { AppEnv, AppMiddleware, AppVariables, HttpContext } from '../http-context.ts'
import { shortPath } from '../links/short-links.tsx'

/**
 * Gives each request an id, sends it back as X-Request-Id and writes one log line. The line has the path but
 * not its query: codes of setup and invite links come in there.
 */
export function logRequests(context: HttpContext): AppMiddleware {
  return async (c, next) => {
    const startedAt = performance.now()
    const requestId = createRequestId()
    c.set('requestId', requestId)
    await next()
    c.header('X-Request-Id', requestId)
    // Over plain http anybody could have written it (RFC 6797 section 7.2).
    if (exchangeOf(c)?.isHttps !== true) c.header('Strict-Transport-Security', undefined)
    context.log.info(
      { ...requestFields(c), ms: Math.round((performance.now() - startedAt) * 10) / 10 },
      'request',
    )
  }
}

function requestFields(c: Context<AppEnv>): object {
  return {
    requestId: c.var.requestId,
    method: c.req.method,
    route: routeOf(c),
    path: c.req.path.slice(0, 300),
    status: c.res.status,
    client: exchangeOf(c)?.client.ipAddress ?? null,
    sessionId: c.var.session?.id,
  }
}

/** Missing only when it could not even be opened. */
function exchangeOf(c: Context<AppEnv>): AppVariables['exchange'] | undefined {
  const { exchange }: Partial<AppVariables> = c.var
  return exchange
}

/** The route's pattern, or `null` where none answers. Middleware stands before it, and the 405s behind. */
function routeOf(c: Context<AppEnv>): string | null {
  const route = matchedRoutes(c).find(({ method, path }) => method !== 'ALL' || path !== '/*')
  if (route === undefined) return null
  return route.path === shortPath ? '/:code' : route.path
}

/** A handle to find the request in the log by. Made here: one that a client sends could be anything. */
export function createRequestId(): string {
  return randomBytes(12).toString('base64url')
}

/** Address of the socket, or `null` without one. */
export function peerAddress(c: Context): string | null {
  return c.env?.incoming?.socket?.remoteAddress ?? null
}
