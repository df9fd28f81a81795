import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { routePath } from 'hono/route'
import { jsonProblem } from './problem.tsx'
import type { AppEnv, AppMiddleware, AppVariables, Site } from './site.ts'

/**
 * Gives each request an id, sends it back as X-Request-Id and writes one log line. The line has the path but
 * not its query: codes of setup and invite links come in there.
 */
export function observe(site: Site): AppMiddleware {
  return async (c, next) => {
    const startedAt = performance.now()
    const requestId = randomBytes(12).toString('base64url')
    c.set('requestId', requestId)
    await next()
    c.header('X-Request-Id', requestId)
    site.log.info(
      { ...describe(c), ms: Math.round((performance.now() - startedAt) * 10) / 10 },
      'request',
    )
  }
}

function describe(c: Context<AppEnv>): object {
  const { exchange }: Partial<AppVariables> = c.var
  return {
    requestId: c.var.requestId,
    method: c.req.method,
    route: routePath(c, -1),
    path: c.req.path.slice(0, 300),
    status: c.res.status,
    // A short link opens no exchange; its client is the socket's peer, which may be a proxy.
    client: exchange === undefined ? peerAddress(c) : exchange.client.ipAddress,
    sessionId: c.var.session?.id,
  }
}

/** Address of the socket, or `null` without one. */
export function peerAddress(c: Context): string | null {
  return c.env?.incoming?.socket?.remoteAddress ?? null
}

/** Refuses a request with two Host headers: proxies and servers disagree on which one counts. */
export function refuseTwoHosts(site: Pick<Site, 'web'>): AppMiddleware {
  const headers = site.web.securityHeaders('api', '')
  return async (c, next) => {
    const names = c.env?.incoming?.rawHeaders.filter((_, index) => index % 2 === 0) ?? []
    if (names.filter((name) => name.toLowerCase() === 'host').length < 2) return next()
    for (const [name, value] of headers) c.header(name, value)
    return jsonProblem(c, {
      status: 400,
      code: 'invalid_request',
      message: 'The request names more than one host.',
    })
  }
}
