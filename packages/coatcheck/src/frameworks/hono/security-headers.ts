import type { Context, MiddlewareHandler } from 'hono'
import type { ResponseHeader } from '../../http/cookies/set-cookie.ts'
import type { HeaderOverrides } from '../../web-security/security-headers.ts'
import type { WebSecurity } from '../../web-security/web-security.ts'
import { setMutableHeader } from './create-hono-sessions.ts'

/** Set by `pageHeaders`. */
export interface NonceVariables {
  nonce: string
}

/**
 * Sets the headers of a page, except those that the route or a later middleware has set, and sets
 * `c.var.nonce` for its scripts and styles. Register it first, so that errors have the headers too.
 */
export function pageHeaders(
  security: WebSecurity,
  overrides?: HeaderOverrides,
): MiddlewareHandler<{ Variables: NonceVariables }> {
  return async (c, next) => {
    const nonce = c.var.nonce ?? security.createNonce()
    c.set('nonce', nonce)
    await next()
    setMissingHeaders(c, security.pageHeaders(nonce, overrides))
  }
}

/** Like `pageHeaders`, for every other response. */
export function apiHeaders(security: WebSecurity, overrides?: HeaderOverrides): MiddlewareHandler {
  const headers = security.apiHeaders(overrides)
  return async (c, next) => {
    await next()
    setMissingHeaders(c, headers)
  }
}

export function setMissingHeaders(c: Context, headers: readonly ResponseHeader[]): void {
  for (const header of headers) if (!c.res.headers.has(header[0])) setMutableHeader(c, header)
}
