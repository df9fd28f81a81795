import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { AppEnv, AppMiddleware, AppVariables, PageContext } from '../http-context.ts'
import { shortPath } from '../short-url.ts'

/** A request and its response, for metrics. */
export interface RequestObservation {
  readonly method: string
  /** The pattern of the matched route, or `null`: one of few, unlike the path. */
  readonly route: string | null
  readonly status: number
  /** Until the headers of the response were ready. */
  readonly milliseconds: number
}

export interface RequestLogContext extends Pick<PageContext, 'log'> {
  /** Called once per request. Must be fast, and must not throw. */
  readonly observeRequest: (request: RequestObservation) => void
}

/**
 * Assigns an id to each request, returns it as X-Request-Id and writes one log line. The line has the path but not the
 * query, which contains the codes of set-up and invite links.
 */
export function logRequests({ log, observeRequest }: RequestLogContext): AppMiddleware {
  return async (c, next) => {
    const startedAt = performance.now()
    const requestId = createRequestId()
    c.set('requestId', requestId)
    await next()
    c.header('X-Request-Id', requestId)
    // Must not be sent over http, where an attacker could insert it (RFC 6797 section 7.2).
    if (exchangeOf(c)?.isHttps !== true) c.header('Strict-Transport-Security', undefined)
    const milliseconds = performance.now() - startedAt
    const route = routeOf(c)
    log.info({ ...requestFields(c, route), ms: Math.round(milliseconds * 10) / 10 }, 'request')
    observeRequest({ method: c.req.method, route, status: c.res.status, milliseconds })
  }
}

function requestFields(c: Context<AppEnv>, route: string | null): object {
  return {
    requestId: c.var.requestId,
    method: c.req.method,
    route,
    path: withoutTokens(c.req.path).slice(0, 300),
    status: c.res.status,
    client: exchangeOf(c)?.client.ipAddress ?? null,
    sessionId: c.var.session?.id,
  }
}

/** A token that a client put into the path by mistake must not be in the log. */
function withoutTokens(path: string): string {
  return path.replaceAll(/mjr_([a-z]+)_[\w.~%-]*/gi, 'mjr_$1_\u2026')
}

/** Missing only if opening it failed. */
function exchangeOf(c: Context<AppEnv>): AppVariables['exchange'] | undefined {
  const { exchange }: Partial<AppVariables> = c.var
  return exchange
}

/** The pattern of the matched route, or `null`. Excludes middleware and the handlers of 405. */
function routeOf(c: Context<AppEnv>): string | null {
  const route = matchedRoutes(c).find(({ method, path }) => method !== 'ALL' || path !== '/*')
  if (route === undefined) return null
  return route.path === shortPath ? '/:code' : route.path
}

/** Identifies a request in the log. Generated here, because a client could send any text. */
export function createRequestId(): string {
  return randomBytes(12).toString('base64url')
}

/** IP address of the socket, or `null` without one. */
export function peerAddress(c: Context): string | null {
  return c.env?.incoming?.socket?.remoteAddress ?? null
}
