import type { Client } from '../../domain/client.ts'
import { requireArgument } from '../../domain/storable.ts'
import type { PendingSignInAttempt } from '../../sessions/pending-sign-ins.ts'
import type { PendingSignInOutcome } from '../../sessions/sessions.ts'
import type { CookieJar } from '../cookies/cookie-jar.ts'
import type { WebContext } from '../web-context.ts'
import type { Exchange, ExchangeSignIn } from './exchange.ts'
import type { SessionState } from './session-state.ts'

/** What the operations on the pending sign-in of one browser use. */
export interface PendingContext<Data> {
  readonly client: Client
  readonly jar: CookieJar
  readonly state: SessionState<Data>
  /** Sets the cookie of a new session and expires those of an anonymous visitor. */
  startSession(
    outcome: Extract<PendingSignInOutcome<Data>, { readonly status: 'signed-in' }>,
  ): ExchangeSignIn<Data>
}

/**
 * The operations on a pending sign-in. Its token is in a cookie of its own, which no other operation reads, and
 * these read no other.
 */
export function createPendingOperations<Data>(
  { sessions, cookies }: WebContext<Data>,
  { client, jar, state, startSession }: PendingContext<Data>,
): Pick<
  Exchange<Data>,
  'beginSignIn' | 'pendingSignIn' | 'attemptSignIn' | 'completeSignIn' | 'cancelSignIn'
> {
  const { pendingSignIns } = sessions
  let issuedToken: string | null | undefined
  /** The last attempt of this request. */
  let attempt: PendingSignInAttempt | null = null

  /** A cookie that occurs twice is no token: one of the two was injected. */
  function token(): string | null {
    if (issuedToken !== undefined) return issuedToken
    const [value = null, ...others] = jar.values(cookies.pendingSignIn)
    return others.length === 0 ? value : ''
  }

  function expireCookie(): void {
    issuedToken = null
    expirePendingCookie(jar, cookies.pendingSignIn)
  }

  return {
    async beginSignIn(signIn) {
      jar.requireNotSent()
      const started = await pendingSignIns.begin({ ...signIn, client, presentedToken: token() })
      if (started.status === 'refused') return started
      const { token: value, ...outcome } = started
      issuedToken = value
      attempt = null
      // Without Max-Age, so that a late form still says that the sign-in has expired. The server decides.
      jar.set({ name: cookies.pendingSignIn, value, maxAgeSeconds: null })
      return outcome
    },

    pendingSignIn: () => pendingSignIns.find(token()),

    async attemptSignIn() {
      attempt = await pendingSignIns.attempt(token(), client)
      return attempt
    },

    async completeSignIn(completion) {
      jar.requireNotSent()
      requireArgument(
        attempt !== null,
        'completeSignIn was called without attemptSignIn in the same request: call it before the factor is checked, so that the number of guesses is limited',
      )
      // A correct guess after the last attempt must not count, also in an app that ignores the refusal.
      if (attempt?.status === 'none') return attempt
      const presentedToken = state.token()
      const outcome = await pendingSignIns.complete(token(), {
        ...completion,
        client,
        presentedToken,
      })
      if (outcome.status !== 'signed-in') return outcome
      expireCookie()
      return startSession(outcome)
    },

    async cancelSignIn() {
      jar.requireNotSent()
      await pendingSignIns.cancel(token())
      expireCookie()
    },
  }
}

/** Expires the cookie of a pending sign-in that the browser presented. */
export function expirePendingCookie(jar: CookieJar, name: string): void {
  jar.set({ name, value: '', maxAgeSeconds: 0 })
}
