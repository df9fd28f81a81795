import { SessionError } from '../domain/errors.ts'
import { day, minute } from '../domain/time.ts'
import { systemClock } from '../ports/clock.ts'
import { systemRandom } from '../ports/random-source.ts'
import { createEventDispatcher } from '../sessions/event-dispatcher.ts'
import { whole } from '../sessions/option-values.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { authenticate } from './bearer.ts'
import { createForwardedTrust } from './client-address.ts'
import { createCookieProfile } from './cookie-profile.ts'
import { createCookieSigner } from './cookie-signer.ts'
import { createExchange } from './create-exchange.ts'
import { guardCsrf } from './csrf-guard.ts'
import { refuseEmbedding } from './embedding-guard.ts'
import type { Exchange } from './exchange.ts'
import { createFlashCookie } from './flash-cookie.ts'
import { answerUntold, kindOf, orUntold } from './guard-answers.ts'
import { parseNextPath } from './next-path.ts'
import { createPreSession } from './pre-session.ts'
import { parsePublicOrigin } from './public-origin.ts'
import { respondPlainly } from './refusal-responses.ts'
import { judgeOrigin } from './request-origin.ts'
import { securityHeaders } from './security-headers.ts'
import {
  recentAuthenticationTimeout,
  requireRecentAuthentication,
  requireSession,
} from './session-guard.ts'
import { redirectToBaseUrl, requireHttps, requireOneHost } from './transport-guard.ts'
import type { WebContext } from './web-context.ts'
import { sliceOfRequest } from './web-request.ts'
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
  const headerSite = { https: origin.https, cspReportUrl: cspReportUrlOf(options, origin.origin) }
  // Asked for by a guard that refuses, and not before: it costs more than the rest of one that does not.
  const kindAt = (exchange: Exchange<Data>) => () => kindOf(context, exchange.request)

  return {
    origin: origin.origin,
    sessionCookieName: context.cookies.session,
    open: (request, peerAddress, respond = respondPlainly) =>
      createExchange(context, sliceOfRequest(request, peerAddress), respond),
    openSlice: (slice, respond = respondPlainly) => createExchange(context, slice, respond),
    requireSession: (exchange, options) =>
      orUntold(exchange, kindAt(exchange), requireSession(context, exchange, options)),
    requireRecentAuthentication: (exchange) =>
      orUntold(exchange, kindAt(exchange), requireRecentAuthentication(context, exchange)),
    optionalSession: (exchange) => orUntold(exchange, kindAt(exchange), exchange.session()),
    csrfGuard: (exchange) =>
      orUntold(exchange, kindAt(exchange), guardCsrf(context, exchange, kindAt(exchange))),
    isFromOwnPage: ({ request }) => judgeOrigin(request.headers, origin.origin) === null,
    bearerOrSession: (exchange, check) =>
      orUntold(exchange, () => 'api', authenticate(context, exchange, check)),
    refuseEmbedding: (exchange) => refuseEmbedding(context, exchange),
    requireOneHost: (exchange) => requireOneHost(context, exchange),
    requireHttps: (exchange) => requireHttps(context, exchange),
    redirectToBaseUrl: (request) => redirectToBaseUrl(context, request),
    respondToFailure: (exchange, error) => answerUntold(exchange, kindAt(exchange), error),
    securityHeaders: (profile, nonce) => securityHeaders(profile, nonce, headerSite),
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
    trust: createForwardedTrust(options.trustedProxies ?? []),
    preSession: createPreSession(options.keys, random),
    flashCookie: createFlashCookie(options.keys),
    cookieSigner: createCookieSigner(options.keys),
    signInPath: requirePath('signInPath', options.signInPath ?? '/login', origin.origin),
    reauthenticatePath: requirePath(
      'reauthenticatePath',
      options.reauthenticatePath ?? '/reauthenticate',
      origin.origin,
    ),
    recentAuthenticationTimeout: whole(
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
