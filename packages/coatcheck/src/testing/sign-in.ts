import type { AuthenticationMethod, UsedMethod } from '../domain/authentication.ts'
import type { Session } from '../domain/session.ts'
import type { ResponseHeader } from '../http/cookies/set-cookie.ts'
import type { ExchangeSignIn } from '../http/exchange/exchange.ts'
import type { WebSessions } from '../http/web-sessions.ts'

/** Who signs in, for `signInForTest`. */
export interface TestSignIn<Data> {
  readonly userId: string
  /** Default: the initial data. */
  readonly data?: Data
  /** Default: none, level 1. */
  readonly methods?: readonly (AuthenticationMethod | UsedMethod)[]
  /** Default `false`. */
  readonly remember?: boolean
  /**
   * The IP address that the server sees in the test: `127.0.0.1` for requests through a socket and those of
   * Fastify's `inject`. Default `null`: none, as with `app.request` of Hono. With another one than at the
   * sign-in, a sensitive operation requires a step-up.
   */
  readonly ipAddress?: string | null
  /** Default `coatcheck-test`. */
  readonly userAgent?: string
}

/** A user who is signed in, for requests of a test. */
export interface TestUser<Data> {
  readonly session: Session<Data>
  /** The value of the Cookie header: the session cookie. Secret in a real system. */
  readonly cookie: string
  /** For the field `csrf_token` of a form, or the header `X-CSRF-Token`. */
  readonly csrfToken: string
  /**
   * What the browser of the user sends with each request, also with unsafe ones of a page of the app:
   * Cookie, Origin, User-Agent and X-CSRF-Token.
   */
  readonly headers: Readonly<Record<'cookie' | 'origin' | 'user-agent' | 'x-csrf-token', string>>
}

/**
 * Signs a user in without a form or a password, as a route of the app would after it has checked the
 * credentials, and returns what the browser would send afterwards. For tests only. Throws if the sign-in is
 * refused.
 *
 * The tests must use the clock, the store and the `baseUrl` of the app. Requests are plain http to the host of
 * `baseUrl`, so use `http://localhost` there: `app.request('/account')` of Hono and `inject` of Fastify send
 * requests to this host.
 */
export async function signInForTest<Data>(
  { web }: { readonly web: Pick<WebSessions<Data>, 'open' | 'origin'> },
  signIn: TestSignIn<Data>,
): Promise<TestUser<Data>> {
  const { userId, data, methods = [], remember = false, ipAddress = null } = signIn
  const userAgent = signIn.userAgent ?? 'coatcheck-test'
  const request = new Request(web.origin, { headers: { 'user-agent': userAgent } })
  const exchange = web.open(request, ipAddress)
  const initial = data !== undefined && { data }
  const outcome = await exchange.signIn({ userId, methods, remember, ...initial })
  const session = requireSignedIn(outcome)
  const csrfToken = await exchange.csrfToken()
  const cookie = toCookieHeader(exchange.responseHeaders())
  return {
    session,
    cookie,
    csrfToken,
    headers: { cookie, origin: web.origin, 'user-agent': userAgent, 'x-csrf-token': csrfToken },
  }
}

function requireSignedIn<Data>(outcome: ExchangeSignIn<Data>): Session<Data> {
  if (outcome.status === 'signed-in') return outcome.session
  throw new Error(`The sign-in was refused: ${outcome.reason}`)
}

/** The cookies that are set, without those that are expired. */
function toCookieHeader(headers: readonly ResponseHeader[]): string {
  return headers
    .filter(([name, value]) => name.toLowerCase() === 'set-cookie' && !/; Max-Age=0\b/i.test(value))
    .map(([, value]) => value.split(';', 1)[0])
    .join('; ')
}
