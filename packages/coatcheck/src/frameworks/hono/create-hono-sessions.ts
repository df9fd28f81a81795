import type { Context } from 'hono'
import type { Exchange } from '../../http/exchange.ts'
import type { WebSessions } from '../../http/web-sessions.ts'
import type { HonoSessions, HonoSessionsOptions } from './hono-sessions.ts'

/** Makes the middleware that joins sessions to a Hono app. */
export function createHonoSessions<Data>(
  web: WebSessions<Data>,
  options: HonoSessionsOptions = {},
): HonoSessions<Data> {
  const { peerAddress, respond } = options

  function open(c: Context): Exchange<Data> {
    const peer = peerAddress?.(c) ?? null
    return web.open(c.req.raw, peer, respond && ((refusal) => respond(refusal, c)))
  }

  return {
    async exchange(c, next) {
      const exchange = open(c)
      c.set('exchange', exchange)
      await next()
      // Through c.header, and after the rest: assigning c.res would merge cookies away, and headers
      // set before would be missing from responses that `onError` makes by itself.
      for (const [name, value] of exchange.responseHeaders()) {
        c.header(name, value, { append: name === 'Set-Cookie' })
      }
    },
    async requireSession(c, next) {
      const answer = await web.requireSession(c.var.exchange)
      if (answer instanceof Response) return answer
      c.set('session', answer)
      return next()
    },
    async optionalSession(c, next) {
      const answer = await web.optionalSession(c.var.exchange)
      if (answer instanceof Response) return answer
      c.set('session', answer)
      return next()
    },
    csrfGuard: async (c, next) => (await web.csrfGuard(c.var.exchange)) ?? next(),
    requireOneHost: async (c, next) => (await web.requireOneHost(c.var.exchange)) ?? next(),
    requireHttps: async (c, next) => (await web.requireHttps(c.var.exchange)) ?? next(),
    redirectToBaseUrl: async (c, next) => web.redirectToBaseUrl(c.req.raw) ?? next(),
    bearerOrSession: (verifyBearer) => async (c, next) => {
      const answer = await web.bearerOrSession(c.var.exchange, verifyBearer)
      if (answer instanceof Response) return answer
      c.set('authentication', answer)
      return next()
    },
    securityHeaders: (profile) => async (c, next) => {
      const nonce = c.var.nonce ?? web.createNonce()
      c.set('nonce', nonce)
      await next()
      for (const [name, value] of web.securityHeaders(profile, nonce)) {
        if (!c.res.headers.has(name)) c.header(name, value)
      }
    },
    respondToFailure: (error, c) => web.respondToFailure(c.get('exchange') ?? open(c), error),
  }
}
