import { requireDuration } from '../domain/duration.ts'
import { rejectOption } from '../domain/errors.ts'
import { requireFunctions, requireMethods, requireOptions } from '../domain/options.ts'
import { day, minute } from '../domain/time.ts'
import { expectedClock, expectedRandom, systemClock, systemRandom } from '../ports/system.ts'
import { createEventDispatcher } from '../sessions/context.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { createCookieProfile } from './cookies/cookie-profile.ts'
import { createSigners, requireSecretKeys } from './cookies/signed-values.ts'
import { answerPreflight } from './csrf/cors.ts'
import { guardCsrf } from './csrf/csrf-guard.ts'
import { checkOrigin } from './csrf/origin-check.ts'
import { parseTrustedOrigins } from './csrf/trusted-origins.ts'
import { guardWebSocket } from './csrf/websocket-guard.ts'
import { createExchange } from './exchange/create-exchange.ts'
import type { Exchange } from './exchange/exchange.ts'
import { createFormLimits } from './forms/form-reader.ts'
import { requireAssurance } from './guards/assurance-guard.ts'
import {
  requestKindOf,
  respondToSessionFailure,
  withFailureResponse,
} from './guards/guard-responses.ts'
import { createRedirectLoops } from './guards/redirect-loops.ts'
import { defaultResponder } from './guards/refusals.ts'
import {
  authenticate,
  optionalSession,
  recentAuthenticationTimeout,
  requireRecentAuthentication,
  requireSession,
} from './guards/session-guard.ts'
import { fromFetchRequest } from './incoming-request.ts'
import { parseNextPath, requirePath } from './next-path.ts'
import { createProxyTrust } from './proxies/client-address.ts'
import { createSharedAddressReporter } from './proxies/shared-address.ts'
import { parsePublicOrigin } from './public-origin.ts'
import type { WebContext } from './web-context.ts'
import {
  type CsrfProtection,
  type WebSessions,
  type WebSessionsOptions,
  webSessionsOptionNames,
} from './web-sessions.ts'

/**
 * Creates sessions on web-standard requests and responses. Throws `SessionError` of code
 * `invalid-option`, naming the option, for an invalid value.
 */
export function createWebSessions<Data>(
  sessions: Sessions<Data>,
  options: WebSessionsOptions,
): WebSessions<Data> {
  const context = createContext(sessions, options)
  const { origin } = context
  // Evaluated only by a guard that refuses: it costs more than the rest of a guard that passes.
  const kindFor = (exchange: Exchange<Data>) => () => requestKindOf(context, exchange.request)
  const guard = <Result>(exchange: Exchange<Data>, result: Promise<Result>) =>
    withFailureResponse(exchange, kindFor(exchange), result)

  return {
    origin: origin.origin,
    sessionCookieName: context.cookies.session,
    open: (request, peerAddress, respond = defaultResponder) =>
      createExchange(context, fromFetchRequest(request, peerAddress), respond),
    openRequest: (incoming, respond = defaultResponder) =>
      createExchange(context, incoming, respond),
    requireSession: (exchange, options) =>
      guard(exchange, requireSession(context, exchange, options)),
    requireRecentAuthentication: (exchange) =>
      guard(exchange, requireRecentAuthentication(context, exchange)),
    requireAssurance: (exchange, assuranceOptions) =>
      guard(exchange, requireAssurance(context, exchange, assuranceOptions)),
    optionalSession: (exchange) => guard(exchange, optionalSession(context, exchange)),
    csrfGuard: (exchange) => guard(exchange, guardCsrf(context, exchange, kindFor(exchange))),
    corsGuard: async ({ request }) => answerPreflight(context, request),
    webSocketGuard: (exchange) => guardWebSocket(context, exchange),
    isSameOrigin: ({ request }) => checkOrigin(request.headers, origin.origin) === null,
    bearerOrSession: (exchange, bearerOptions) =>
      withFailureResponse(exchange, () => 'api', authenticate(context, exchange, bearerOptions)),
    respondToFailure: (exchange, error) =>
      respondToSessionFailure(exchange, kindFor(exchange), error),
    nextPath: (value) => parseNextPath(value, origin.origin),
  }
}

const expectedSessions = { methods: ['verify', 'signIn'], expected: 'the result of createSessions' }

function createContext<Data>(
  sessions: Sessions<Data>,
  options: WebSessionsOptions,
): WebContext<Data> {
  requireMethods('sessions', sessions, expectedSessions)
  requireOptions('createWebSessions', options, webSessionsOptionNames)
  requireFunctions('events', options.events ?? [])
  requireMethods('clock', options.clock ?? systemClock, expectedClock)
  requireMethods('random', options.random ?? systemRandom, expectedRandom)
  const origin = parsePublicOrigin(options.baseUrl, options.plainHttp)
  const pathOf = (option: 'signInPath' | 'reauthenticatePath' | 'apiPrefix', standard: string) =>
    requirePath(option, options[option] ?? standard, origin.origin)
  const proxyTrust = createProxyTrust(options)
  const signerFor = createSigners(options.keys)
  if (origin.https) requireSecretKeys(options.keys)
  const report = createEventDispatcher(options.events ?? [])
  const clock = options.clock ?? systemClock
  return {
    sessions,
    origin,
    cookies: createCookieProfile(origin, options),
    csrf: csrfProtectionOf(options),
    trustedOrigins: parseTrustedOrigins(options.trustedOrigins),
    formLimits: createFormLimits(options.maxFormSize),
    proxyTrust,
    redirectLoops: createRedirectLoops({ origin, proxyTrust, clock, report }),
    reportSharedAddress: createSharedAddressReporter({ proxyTrust, clock, report }),
    signerFor,
    signInPath: pathOf('signInPath', '/login'),
    reauthenticatePath: pathOf('reauthenticatePath', '/reauthenticate'),
    apiPrefix: pathOf('apiPrefix', '/api/'),
    recentAuthenticationTimeout: requireDuration(
      'recentAuthenticationTimeout',
      options.recentAuthenticationTimeout ?? recentAuthenticationTimeout,
      [minute, day],
    ),
    report,
    clock,
    random: options.random ?? systemRandom,
  }
}

function csrfProtectionOf({ csrf = 'token', sameSite }: WebSessionsOptions): CsrfProtection {
  if (csrf !== 'token' && csrf !== 'origin') rejectOption('csrf must be token or origin')
  if (csrf === 'origin' && sameSite === 'none') {
    rejectOption('csrf must be token if sameSite is none: SameSite is the second layer of origin')
  }
  return csrf
}
