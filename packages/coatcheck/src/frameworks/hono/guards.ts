import type { Exchange, Session } from '../../http/exchange.ts'
import type { WebSessions } from '../../http/web-sessions.ts'
import type { HonoSessions } from './hono-sessions.ts'

type SessionGuard<Data> = HonoSessions<Data>['requireSession']

/** The guards, each passed on as it is: what they decide is the core's business. */
export function createGuards<Data>(
  web: WebSessions<Data>,
): Omit<HonoSessions<Data>, 'exchange' | 'securityHeaders' | 'respondToFailure'> {
  const required =
    (guard: (exchange: Exchange<Data>) => Promise<Response | Session<Data>>): SessionGuard<Data> =>
    async (c, next) => {
      const answer = await guard(c.var.exchange)
      if (answer instanceof Response) return answer
      c.set('session', answer)
      return next()
    }

  return {
    requireSession: required(web.requireSession),
    requireFreshSession: required((exchange) => web.requireSession(exchange, { fresh: true })),
    requireRecentAuthentication: required(web.requireRecentAuthentication),
    async optionalSession(c, next) {
      const answer = await web.optionalSession(c.var.exchange)
      if (answer instanceof Response) return answer
      c.set('session', answer)
      return next()
    },
    bearerOrSession: (check) => async (c, next) => {
      const answer = await web.bearerOrSession(c.var.exchange, check)
      if (answer instanceof Response) return answer
      c.set('authentication', answer)
      return next()
    },
    csrfGuard: async (c, next) => (await web.csrfGuard(c.var.exchange)) ?? next(),
    refuseEmbedding: async (c, next) => (await web.refuseEmbedding(c.var.exchange)) ?? next(),
    requireOneHost: async (c, next) => (await web.requireOneHost(c.var.exchange)) ?? next(),
    requireHttps: async (c, next) => (await web.requireHttps(c.var.exchange)) ?? next(),
    redirectToBaseUrl: async (c, next) => web.redirectToBaseUrl(c.req.raw) ?? next(),
  }
}
