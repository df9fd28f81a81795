import type { VerifyOptions, WebSessions } from '../../http/web-sessions.ts'
import type { HonoSessions } from './hono-sessions.ts'

/** The guards, each passed on as it is: what they decide is the core's business. */
export function createGuards<Data>(
  web: WebSessions<Data>,
): Omit<HonoSessions<Data>, 'exchange' | 'securityHeaders' | 'respondToFailure'> {
  const required =
    (options?: VerifyOptions): HonoSessions<Data>['requireSession'] =>
    async (c, next) => {
      const answer = await web.requireSession(c.var.exchange, options)
      if (answer instanceof Response) return answer
      c.set('session', answer)
      return next()
    }

  return {
    requireSession: required(),
    requireFreshSession: required({ fresh: true }),
    async optionalSession(c, next) {
      const answer = await web.optionalSession(c.var.exchange)
      if (answer instanceof Response) return answer
      c.set('session', answer)
      return next()
    },
    bearerOrSession: (verifyBearer, options) => async (c, next) => {
      const answer = await web.bearerOrSession(c.var.exchange, verifyBearer, options)
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
