import { SessionError } from '../domain/errors.ts'
import { day, minute } from '../domain/time.ts'
import { systemClock } from '../ports/clock.ts'
import { systemRandom } from '../ports/random-source.ts'
import { createEventDispatcher } from '../sessions/context.ts'
import { requireInteger } from '../sessions/options.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { enforceResourceIsolation } from '../web-security/resource-isolation.ts'
import { securityHeaders } from '../web-security/security-headers.ts'
import {
  redirectToBaseUrl,
  requireHttps,
  requireSingleHostHeader,
} from '../web-security/transport-guard.ts'
import { authenticate } from './bearer.ts'
import { createProxyTrust } from './client-address.ts'
import { createCookieProfile } from './cookie-profile.ts'
import { createCookieSigner } from './cookie-signer.ts'
import { createExchange } from './create-exchange.ts'
import { guardCsrf } from './csrf-guard.ts'
import type { Exchange } from './exchange.ts'
import { fromFetchRequest } from './fetch-request.ts'
import { createFlashCookie } from './flash-cookie.ts'
import { orUnavailable, requestKindOf, respondToSessionFailure } from './guard-responses.ts'
import { parseNextPath } from './next-path.ts'
import { createPreSession } from './pre-session.ts'
import { parsePublicOrigin } from './public-origin.ts'
import { defaultResponder } from './refusals.ts'
import { checkOrigin } from './request-origin.ts'
import {
  recentAuthenticationTimeout,
  requireRecentAuthentication,
  requireSession,
} from './session-guard.ts'
import type { WebContext } from './web-context.ts'
import type { WebSessions, WebSessionsOptions } from './web-sessions.ts'

/**
 * Brings sessions to web-standard requests and responses. Throws `SessionError` of code
 * `invalid-option`, naming the option, when a value is not accepted.
 */
export function createWebSessions<Data>(
  sessions: Sessions<Data>,
  options: WebSessionsOptions,
): WebSessions<Data> {
  const context = createContext(sessions, options)
  const { origin, random } = context
  const headerOptions = {
    https: origin.https,
    cspReportUrl: cspReportUrlOf(options, origin.origin),
  }
  // Asked for by a guard that refuses, and not before: it costs more than the rest of one that does not.
  const kindFor = (exchange: Exchange<Data>) => () => requestKindOf(context, exchange.request)

  return {
    origin: origin.origin,
    sessionCookieName: context.cookies.session,
    open: (request, peerAddress, respond = defaultResponder) =>
      createExchange(context, fromFetchRequest(request, peerAddress), respond),
    openRequest: (incoming, respond = defaultResponder) =>
      createExchange(context, incoming, respond),
    requireSession: (exchange, options) =>
      orUnavailable(exchange, kindFor(exchange), requireSession(context, exchange, options)),
    requireRecentAuthentication: (exchange) =>
      orUnavailable(exchange, kindFor(exchange), requireRecentAuthentication(context, exchange)),
    optionalSession: (exchange) => orUnavailable(exchange, kindFor(exchange), exchange.session()),
    csrfGuard: (exchange) =>
      orUnavailable(exchange, kindFor(exchange), guardCsrf(context, exchange, kindFor(exchange))),
    isSameOrigin: ({ request }) => checkOrigin(request.headers, origin.origin) === null,
    bearerOrSession: (exchange, bearerOptions) =>
      orUnavailable(exchange, () => 'api', authenticate(context, exchange, bearerOptions)),
    enforceResourceIsolation: (exchange) => enforceResourceIsolation(context, exchange),
    requireSingleHostHeader: (exchange) => requireSingleHostHeader(context, exchange),
    requireHttps: (exchange) => requireHttps(context, exchange),
    redirectToBaseUrl: (request) => redirectToBaseUrl(context, request),
    respondToFailure: (exchange, error) =>
      respondToSessionFailure(exchange, kindFor(exchange), error),
    securityHeaders: (profile, nonce) => securityHeaders(profile, nonce, headerOptions),
    createNonce: () => Buffer.from(random.bytes(16)).toString('base64'),
    nextPath: (value) => parseNextPath(value, origin.origin),
  }
}

function createContext<Data>(
  sessions: Sessions<Data>,
  options: WebSessionsOptions,
): WebContext<Data> {
  const origin = parsePublicOrigin(options.baseUrl)
  const random = options.random ?? systemRandom
  return {
    sessions,
    origin,
    cookies: createCookieProfile(origin, options),
    proxyTrust: createProxyTrust(options.trustedProxies ?? []),
    preSession: createPreSession(options.keys, random),
    flashCookie: createFlashCookie(options.keys),
    cookieSigner: createCookieSigner(options.keys),
    signInPath: requirePath('signInPath', options.signInPath ?? '/login', origin.origin),
    reauthenticatePath: requirePath(
      'reauthenticatePath',
      options.reauthenticatePath ?? '/reauthenticate',
      origin.origin,
    ),
    recentAuthenticationTimeout: requireInteger(
      'recentAuthenticationTimeout',
      options.recentAuthenticationTimeout ?? recentAuthenticationTimeout,
      [minute, day],
    ),
    apiPrefix: requirePath('apiPrefix', options.apiPrefix ?? '/api/', origin.origin),
    report: createEventDispatcher(options.events ?? []),
    clock: options.clock ?? systemClock,
    random,
  }
}

function cspReportUrlOf({ cspReportPath }: WebSessionsOptions, origin: string): string | null {
  if (cspReportPath === undefined) return null
  return `${origin}${requirePath('cspReportPath', cspReportPath, origin)}`
}

function requirePath(option: string, path: string, origin: string): string {
  if (parseNextPath(path, origin) === path && !path.includes('?')) return path
  throw new SessionError('invalid-option', `${option} must be a plain path that begins with /`)
}
