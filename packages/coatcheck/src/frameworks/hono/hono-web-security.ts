import type { Context, MiddlewareHandler } from 'hono'
import type { ResponseHeader } from '../../http/set-cookie.ts'
import type { HeaderOverrides } from '../../web-security/security-headers.ts'
import type { GuardedExchange, WebSecurity } from '../../web-security/web-security.ts'
import { setMutableHeader } from './create-hono-sessions.ts'

/** Set by `pageHeaders`. */
export interface NonceVariables {
  nonce: string
}

type Guard = MiddlewareHandler<{ Variables: { exchange: GuardedExchange } }>

/** `WebSecurity` as Hono middleware. The guards run after `HonoSessions.exchange`. */
export interface HonoWebSecurity {
  /**
   * Sets the headers of a page, except those that the route or a later middleware has set, and sets
   * `c.var.nonce` for its scripts and styles. Register it first, so that errors have the headers too.
   */
  pageHeaders(overrides?: HeaderOverrides): MiddlewareHandler<{ Variables: NonceVariables }>
  /** Like `pageHeaders`, for every other response. */
  apiHeaders(overrides?: HeaderOverrides): MiddlewareHandler
  readonly requireSingleHostHeader: Guard
  readonly requireHttps: Guard
  readonly redirectToBaseUrl: Guard
  readonly enforceResourceIsolation: Guard
}

export function createHonoWebSecurity(security: WebSecurity): HonoWebSecurity {
  const guardWith =
    (check: (exchange: GuardedExchange) => Promise<Response | null>): Guard =>
    async (c, next) =>
      (await check(c.var.exchange)) ?? next()

  return {
    pageHeaders: (overrides) => async (c, next) => {
      const nonce = c.var.nonce ?? security.createNonce()
      c.set('nonce', nonce)
      await next()
      setMissingHeaders(c, security.pageHeaders(nonce, overrides))
    },
    apiHeaders(overrides) {
      const headers = security.apiHeaders(overrides)
      return async (c, next) => {
        await next()
        setMissingHeaders(c, headers)
      }
    },
    requireSingleHostHeader: guardWith(security.requireSingleHostHeader),
    requireHttps: guardWith(security.requireHttps),
    redirectToBaseUrl: guardWith(security.redirectToBaseUrl),
    enforceResourceIsolation: guardWith(security.enforceResourceIsolation),
  }
}

function setMissingHeaders(c: Context, headers: readonly ResponseHeader[]): void {
  for (const header of headers) {
    if (!c.res.headers.has(header[0])) setMutableHeader(c, header)
  }
}
