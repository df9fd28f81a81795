import type { Exchange } from '../http/exchange/exchange.ts'
import { type RequestScope, requestKindOf } from '../http/guards/guard-responses.ts'
import { hasBearer } from '../http/guards/session-guard.ts'
import { isUnsafeMethod } from '../http/incoming-request.ts'
import { isResponse } from '../http/is-response.ts'
import type { ExchangeGuard, WebSessions } from '../http/web-sessions.ts'
import type { WebSecurity } from '../web-security/web-security.ts'

/** What `protect` consists of. */
export interface ProtectDependencies<Data> {
  readonly web: WebSessions<Data>
  readonly security: WebSecurity
  readonly scope: RequestScope
  /** Called for every request, before the guards. */
  markProtected(exchange: Exchange<Data>): unknown
}

/** A form of a session that has ended leads its user to the sign-in page, not to an error. */
async function guardCsrf<Data>(
  web: WebSessions<Data>,
  exchange: Exchange<Data>,
): Promise<Response | null> {
  const refusal = await web.csrfGuard(exchange)
  if (refusal?.status !== 403 || !web.isSameOrigin(exchange)) return refusal
  const { status } = await exchange.verification()
  if (status !== 'ended') return refusal
  const signIn = await web.requireSession(exchange)
  return isResponse(signIn) ? signIn : refusal
}

/**
 * Combines the guards that every request passes. A preflight comes first, because it has no cookie and
 * no route; CSRF comes last, because only it may read the body and the session.
 */
export function createProtect<Data>(
  dependencies: ProtectDependencies<Data>,
): (exchange: Exchange<Data>) => Promise<Response | null> {
  const { web, security, scope, markProtected } = dependencies
  const guards: readonly ExchangeGuard<Data>[] = [
    security.requireValidHost,
    security.requireHttps,
    security.redirectToBaseUrl,
    web.corsGuard,
    security.enforceResourceIsolation,
  ]

  /**
   * A call of the API with a bearer token comes from no page: none can set the header for another site.
   * `bearerOrSession` then uses only the token.
   */
  function needsCsrfGuard({ request }: Exchange<Data>): boolean {
    if (!isUnsafeMethod(request.method)) return false
    return !(hasBearer(request.headers) && requestKindOf(scope, request) === 'api')
  }

  return async (exchange) => {
    // Before the guards, which read the session too. What they refuse reaches no route.
    markProtected(exchange)
    for (const guard of guards) {
      const refusal = await guard(exchange)
      if (refusal !== null) return refusal
    }
    return needsCsrfGuard(exchange) ? guardCsrf(web, exchange) : null
  }
}
