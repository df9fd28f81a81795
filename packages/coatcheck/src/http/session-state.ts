import type { Client } from '../domain/client.ts'
import { type Instant, second } from '../domain/time.ts'
import type {
  ActiveSession,
  IssuedSession,
  Verification,
  VerifyOptions,
} from '../sessions/sessions.ts'
import type { CookieJar } from './cookie-jar.ts'
import { maxCookieAge } from './set-cookie.ts'
import { ThrottledError } from './throttled-error.ts'
import type { WebContext } from './web-context.ts'

/** What is known, in one request, of its session. */
export interface SessionState<Data> {
  /**
   * Verifies at the first call, once more at the first that is fresh, and not at all
   * without a session cookie.
   */
  verification(options?: VerifyOptions): Promise<Verification<Data>>
  active(): Promise<ActiveSession<Data> | null>
  /** The token that opens the session now, or `null` when none, or several, were presented. */
  token(): string | null
  /** Takes over a session that was just issued, and sets its cookie. */
  setSession(issued: IssuedSession<Data>): void
  /** Takes over what changed in the active session. */
  update(active: ActiveSession<Data>): void
  /** Goes on without a session, and expires its cookie. */
  clear(): void
  /** Expires the session cookie, if the request carried one. */
  expireCookie(): void
}

const noToken = { status: 'none', reason: 'no-token' } as const

export function createSessionState<Data>(
  context: WebContext<Data>,
  { jar, client }: { readonly jar: CookieJar; readonly client: Client },
): SessionState<Data> {
  const { cookies } = context
  let current: Promise<Verification<Data>> | null = null
  /** Whether a cache had no part in it. */
  let isFresh = false
  let issuedToken: string | null | undefined

  function verification(options?: VerifyOptions): Promise<Verification<Data>> {
    const mustReverify = options?.fresh === true && !isFresh
    if (current !== null && !mustReverify) return current
    isFresh = mustReverify
    current = verifyCookie(options)
    return current
  }

  function verifyCookie(options?: VerifyOptions): Promise<Verification<Data>> {
    const tokens = jar.values(cookies.session)
    const [token] = tokens
    if (token !== undefined && tokens.length === 1) return verifyToken(token, options)
    // To ask again would tell nothing new.
    isFresh = true
    if (tokens.length === 0) return Promise.resolve(noToken)
    const at = context.clock.now()
    const rejection = { type: 'token-rejected', reason: 'malformed', sessionId: null } as const
    context.report({ ...rejection, at, ...client })
    return Promise.resolve({ status: 'none', reason: 'malformed' })
  }

  async function verifyToken(token: string, options?: VerifyOptions): Promise<Verification<Data>> {
    const verified = await context.sessions.verify(token, client, options)
    // Thrown, as a failing store is: whatever asked cannot be told, be it a guard, a form or a flash.
    if (verified.status === 'throttled') throw new ThrottledError(verified.retryAfter)
    return verified
  }

  function setCookie(value: string, maxAge: number | null): void {
    const { secure, sameSite } = cookies
    jar.set({ name: cookies.session, value, secure, sameSite, maxAge })
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
      isFresh = true
      current = Promise.resolve({ ...active, status: 'active' })
    },
    update(active) {
      current = Promise.resolve({ ...active, status: 'active' })
    },
    clear() {
      setCookie('', 0)
      issuedToken = null
      isFresh = true
      current = Promise.resolve(noToken)
    },
    expireCookie() {
      if (jar.values(cookies.session).length > 0) setCookie('', 0)
    },
  }
}

/** Seconds for which the browser should keep the cookie, or `null`: until it closes. */
function maxAgeOf<Data>({ session }: ActiveSession<Data>, now: Instant): number | null {
  if (!session.remembered) return null
  // Rounded up: a cookie that goes a moment early would sign out somebody
  // whose session still lives.
  const seconds = Math.ceil((session.expiresAt - now) / second)
  return Math.min(Math.max(seconds, 0), maxCookieAge)
}
