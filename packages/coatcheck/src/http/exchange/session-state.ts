import type { Client } from '../../domain/client.ts'
import { type Instant, second } from '../../domain/time.ts'
import type {
  ActiveSession,
  IssuedSession,
  Verification,
  VerifyOptions,
} from '../../sessions/sessions.ts'
import type { CookieJar } from '../cookies/cookie-jar.ts'
import { maxCookieAgeSeconds } from '../cookies/set-cookie.ts'
import { ThrottledError } from '../guards/refusals.ts'
import type { WebContext } from '../web-context.ts'

/** The session of one request, verified on first use. */
export interface SessionState<Data> {
  /** Verifies at the first call and at the first call with `skipCache`; never without a session cookie. */
  verification(options?: VerifyOptions): Promise<Verification<Data>>
  active(): Promise<ActiveSession<Data> | null>
  /** The session's current token, or `null` if no token or several were presented. */
  token(): string | null
  /** Replaces the session with one that was just issued, and sets its cookie. */
  setSession(issued: IssuedSession<Data>): void
  /** Replaces the active session after a change. */
  update(active: ActiveSession<Data>): void
  /** Removes the session and expires its cookie. */
  clear(): void
  /** Expires the session cookie of the request if no newer one can be in the browser. */
  expireEndedCookie(): Promise<void>
}

export interface SessionStateDependencies {
  readonly jar: CookieJar
  readonly client: Client
  /** Called after a token was verified, with whether the client was throttled. */
  onVerified(isThrottled: boolean): void
}

const noToken = { status: 'none', reason: 'no-token' } as const

export function createSessionState<Data>(
  context: WebContext<Data>,
  { jar, client, onVerified }: SessionStateDependencies,
): SessionState<Data> {
  const { cookies } = context
  let current: Promise<Verification<Data>> | null = null
  /** Whether `current` did not come from the verification cache. */
  let isUncached = false
  let issuedToken: string | null | undefined

  function verification(options?: VerifyOptions): Promise<Verification<Data>> {
    const mustReverify = options?.skipCache === true && !isUncached
    if (current !== null && !mustReverify) return current
    isUncached = mustReverify
    current = verifyCookie(options)
    return current
  }

  function verifyCookie(options?: VerifyOptions): Promise<Verification<Data>> {
    const tokens = jar.values(cookies.session)
    const [token] = tokens
    if (token !== undefined && tokens.length === 1) return verifyToken(token, options)
    // A verification without the cache would give the same result.
    isUncached = true
    if (tokens.length === 0) return Promise.resolve(noToken)
    const at = context.clock.now()
    const rejection = { type: 'token-rejected', reason: 'malformed', sessionId: null } as const
    context.report({ ...rejection, at, ...client })
    return Promise.resolve({ status: 'none', reason: 'malformed' })
  }

  async function verifyToken(token: string, options?: VerifyOptions): Promise<Verification<Data>> {
    const verified = await context.sessions.verify(token, client, options)
    onVerified(verified.status === 'throttled')
    // Thrown like a store failure: no caller (guard, form or flash) can continue without the session.
    if (verified.status === 'throttled') throw new ThrottledError(verified.retryAfter)
    return verified
  }

  function setCookie(value: string, maxAgeSeconds: number | null): void {
    jar.set({ name: cookies.session, value, maxAgeSeconds, sameSite: cookies.sameSite })
  }

  return {
    verification,
    async active() {
      const verified = await verification()
      return verified.status === 'active' ? verified : null
    },
    token: () => (issuedToken === undefined ? jar.value(cookies.session) : issuedToken),
    setSession(issued) {
      const { token, ...active } = issued
      setCookie(token, maxAgeOf(issued, context.clock.now()))
      issuedToken = token
      isUncached = true
      current = Promise.resolve({ ...active, status: 'active' })
    },
    update(active) {
      current = Promise.resolve({ ...active, status: 'active' })
    },
    clear() {
      setCookie('', 0)
      issuedToken = null
      isUncached = true
      current = Promise.resolve(noToken)
    },
    async expireEndedCookie() {
      // After an operation of this exchange the response carries a newer cookie.
      const token = issuedToken === undefined ? jar.value(cookies.session) : null
      if (token !== null && (await context.sessions.mayExpireCookie(token))) setCookie('', 0)
    },
  }
}

/** The cookie's Max-Age in seconds, or `null` for a non-persistent cookie. */
function maxAgeOf<Data>({ session }: ActiveSession<Data>, now: Instant): number | null {
  if (!session.remembered) return null
  // Rounded up: a cookie that expires early would sign out a user whose session is still active.
  const seconds = Math.ceil((session.expiresAt - now) / second)
  return Math.min(Math.max(seconds, 0), maxCookieAgeSeconds)
}
