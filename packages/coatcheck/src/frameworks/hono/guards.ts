import type { Exchange, Session } from '../../http/exchange.ts'
import type { WebSessions } from '../../http/web-sessions.ts'
import type { HonoSessions } from './hono-sessions.ts'

type SessionGuard<Data> = HonoSessions<Data>['requireSession']

/** The guards, each passed on as it is: what they decide is the core's business. */
export function createGuards<Data>(
  web: WebSessions<Data>,
): Omit<HonoSessions<Data>, 'exchange' | 'securityHeaders' | 'respondToFailure'> {
  const sessionGuard =
    (guard: (exchange: Exchange<Data>) => Promise<Response | Session<Data>>): SessionGuard<Data> =>
    async (c, next) => {
      const result = await guard(c.var.exchange)
      if (result instanceof Response) return result
      c.set('session', result)
      return next()
    }

  return {
    requireSession: sessionGuard(web.requireSession),
    requireFreshSession: sessionGuard((exchange) => web.requireSession(exchange, { fresh: true })),
    requireRecentAuthentication: sessionGuard(web.requireRecentAuthentication),
    async optionalSession(c, next) {
      const result = await web.optionalSession(c.var.exchange)
      if (result instanceof Response) return result
      c.set('session', result)
      return next()
    },
    bearerOrSession: (options) => async (c, next) => {
      const result = await web.bearerOrSession(c.var.exchange, options)
      if (result instanceof Response) return result
      c.set('authentication', result)
      return next()
    },
    csrfGuard: async (c, next) => (await web.csrfGuard(c.var.exchange)) ?? next(),
    enforceResourceIsolation: async (c, next) =>
      (await web.enforceResourceIsolation(c.var.exchange)) ?? next(),
    requireSingleHostHeader: async (c, next) =>
      (await web.requireSingleHostHeader(c.var.exchange)) ?? next(),
    requireHttps: async (c, next) => (await web.requireHttps(c.var.exchange)) ?? next(),
    redirectToBaseUrl: async (c, next) => web.redirectToBaseUrl(c.req.raw) ?? next(),
  }
}
