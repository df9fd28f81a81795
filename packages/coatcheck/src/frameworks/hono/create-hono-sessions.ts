import type { Context } from 'hono'
import { requireFunction, requireMethods, requireOptions } from '../../domain/options.ts'
import type { ResponseHeader } from '../../http/cookies/set-cookie.ts'
import type { Exchange, Session } from '../../http/exchange/exchange.ts'
import { requireExchange } from '../../http/exchange/own-exchange.ts'
import { parseRequirement } from '../../http/guards/assurance-guard.ts'
import { fromFetchRequest, isWebSocketHandshake } from '../../http/incoming-request.ts'
import { isResponse } from '../../http/is-response.ts'
import { expectedWebSessions, type WebSessions } from '../../http/web-sessions.ts'
import {
  type HonoSessions,
  type HonoSessionsOptions,
  honoSessionsOptionNames,
} from './hono-sessions.ts'
import type { Bindings } from './peer-address.ts'

/** Creates the middleware that connects sessions to a Hono app. */
export function createHonoSessions<Data>(
  web: WebSessions<Data>,
  options: HonoSessionsOptions = {},
): HonoSessions<Data> {
  requireMethods('web', web, expectedWebSessions)
  requireOptions('createHonoSessions', options, honoSessionsOptionNames)
  const { peerAddress, respond } = options
  if (peerAddress !== undefined) requireFunction('peerAddress', peerAddress)
  if (respond !== undefined) requireFunction('respond', respond)

  function openExchange(c: Context): Exchange<Data> {
    const incoming = fromFetchRequest(c.req.raw, peerAddress?.(c) ?? null, isEncryptedByNode(c))
    return web.openRequest(incoming, respond && ((refusal) => respond(refusal, c)))
  }

  return {
    ...createGuards(web),
    async exchange(c, next) {
      const exchange = openExchange(c)
      c.set('exchange', exchange)
      const refusal = isWebSocketHandshake(c.req.raw) ? await web.webSocketGuard(exchange) : null
      if (refusal === null) await next()
      else c.res = refusal
      // After the route: a response that `onError` creates would not have headers set earlier.
      for (const header of exchange.responseHeaders()) {
        const [name, value] = header
        // Not by assigning c.res, which drops cookies.
        if (name === 'Set-Cookie') c.header(name, value, { append: true })
        else if (name === 'Vary' && c.res.status !== 101) addVary(c, value)
        else setMutableHeader(c, header)
      }
      return
    },
    respondToFailure: (error, c) =>
      web.respondToFailure(c.get('exchange') ?? openExchange(c), error),
  }
}

function createGuards<Data>(
  web: WebSessions<Data>,
): Omit<HonoSessions<Data>, 'exchange' | 'respondToFailure'> {
  type SessionGuard = HonoSessions<Data>['requireSession']
  const check: HonoSessions<Data>['check'] = (guard) => async (c, next) =>
    (await guard(requireExchange(c.var.exchange))) ?? next()
  const sessionGuard =
    (guard: (exchange: Exchange<Data>) => Promise<Response | Session<Data>>): SessionGuard =>
    async (c, next) => {
      const result = await guard(requireExchange(c.var.exchange))
      if (isResponse(result)) return result
      c.set('session', result)
      return next()
    }

  return {
    requireSession: sessionGuard(web.requireSession),
    requireUncachedSession: sessionGuard((exchange) =>
      web.requireSession(exchange, { skipCache: true }),
    ),
    requireRecentAuthentication: sessionGuard(web.requireRecentAuthentication),
    requireAssurance(options) {
      parseRequirement(options)
      return sessionGuard((exchange) => web.requireAssurance(exchange, options))
    },
    async optionalSession(c, next) {
      const result = await web.optionalSession(requireExchange(c.var.exchange))
      if (isResponse(result)) return result
      c.set('session', result)
      return next()
    },
    bearerOrSession: (options) => async (c, next) => {
      const result = await web.bearerOrSession(requireExchange(c.var.exchange), options)
      if (isResponse(result)) return result
      c.set('authentication', result)
      return next()
    },
    csrfGuard: check(web.csrfGuard),
    corsGuard: check(web.corsGuard),
    check,
  }
}

/**
 * Whether the socket is encrypted, on `@hono/node-server`, else `undefined`: there, a request line with an
 * absolute URL determines the scheme in `url`, so a client on plain http could claim https.
 */
function isEncryptedByNode(c: Context): boolean | undefined {
  const env: Bindings | undefined = c.env
  const socket = env?.incoming?.socket
  return socket === undefined ? undefined : socket.encrypted === true
}

function addVary(c: Context, value: string): void {
  const present = c.res.headers.get('Vary') ?? ''
  const isPresent = present.split(',').some((each) => each.trim() === value)
  if (!isPresent) c.header('Vary', value, { append: true })
}

/**
 * Sets a header on the route's response in place: `c.header` would copy the response, which costs more
 * than the rest of the middleware. Not for cookies: routes may share a response without a body.
 */
export function setMutableHeader(c: Context, [name, value]: ResponseHeader): void {
  // The response that opens a WebSocket has no body to protect, and a copy of it does not open one.
  if (c.res.status === 101) return
  try {
    c.res.headers.set(name, value)
  } catch {
    // The headers of responses from `fetch` and `Response.redirect` are immutable.
    c.header(name, value)
  }
}
