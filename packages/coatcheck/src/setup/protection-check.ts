import type { EventSink } from '../domain/events.ts'
import type { Exchange } from '../http/exchange/exchange.ts'
import { isUnsafeMethod, requestUrl } from '../http/incoming-request.ts'
import type { WebSessions } from '../http/web-sessions.ts'
import type { Clock } from '../ports/system.ts'

/** Finds requests that use a session without protection. */
export interface ProtectionCheck<Data> {
  readonly web: WebSessions<Data>
  /** Records that the request is checked: now, or before it reaches a route. */
  markProtected(exchange: Exchange<Data>): unknown
}

/**
 * Wraps `web` in development, where a forgotten `protect` would otherwise show no effect: everything
 * works without it, also for other sites.
 */
export function createProtectionCheck<Data>(
  web: WebSessions<Data>,
  { clock, report }: { readonly clock: Clock; readonly report: EventSink },
): ProtectionCheck<Data> {
  const protectedExchanges = new WeakSet<Exchange<Data>>()
  let wasReported = false

  function check(exchange: Exchange<Data>): Exchange<Data> {
    const { method } = exchange.request
    if (wasReported || !isUnsafeMethod(method) || protectedExchanges.has(exchange)) return exchange
    wasReported = true
    const path = requestUrl(exchange.request, web.origin)?.pathname ?? '/'
    report({ type: 'protection-missing', at: clock.now(), method, path })
    return exchange
  }

  function markProtected(exchange: Exchange<Data>): Exchange<Data> {
    protectedExchanges.add(exchange)
    return exchange
  }

  /** The exchange, with a check before each use of its session or pending sign-in. */
  function watch(inner: Exchange<Data>): Exchange<Data> {
    const exchange: Exchange<Data> = {
      ...inner,
      verification: (options) => check(exchange) && inner.verification(options),
      session: () => check(exchange) && inner.session(),
      acceptSignIn: (outcome) => check(exchange) && inner.acceptSignIn(outcome),
      signIn: (signIn) => check(exchange) && inner.signIn(signIn),
      beginSignIn: (signIn) => check(exchange) && inner.beginSignIn(signIn),
      pendingSignIn: () => check(exchange) && inner.pendingSignIn(),
      attemptSignIn: () => check(exchange) && inner.attemptSignIn(),
      completeSignIn: (completion) => check(exchange) && inner.completeSignIn(completion),
      cancelSignIn: () => check(exchange) && inner.cancelSignIn(),
      signOut: () => check(exchange) && inner.signOut(),
      rotate: (rotation) => check(exchange) && inner.rotate(rotation),
      stepUp: (stepUp) => check(exchange) && inner.stepUp(stepUp),
      saveData: (changes) => check(exchange) && inner.saveData(changes),
    }
    return exchange
  }

  return {
    markProtected,
    web: {
      ...web,
      open: (request, peer, respond) => watch(web.open(request, peer, respond)),
      openRequest: (incoming, respond) => watch(web.openRequest(incoming, respond)),
      requireSession: (exchange, options) => web.requireSession(check(exchange), options),
      requireRecentAuthentication: (exchange) => web.requireRecentAuthentication(check(exchange)),
      requireAssurance: (exchange, options) => web.requireAssurance(check(exchange), options),
      optionalSession: (exchange) => web.optionalSession(check(exchange)),
      // They read the session, and refuse what is not protected.
      csrfGuard: (exchange) => web.csrfGuard(markProtected(exchange)),
      bearerOrSession: (exchange, options) => web.bearerOrSession(markProtected(exchange), options),
    },
  }
}
