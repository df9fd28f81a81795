import type { Client } from '../../domain/client.ts'
import { parseToken } from '../../domain/token.ts'
import type {
  ActiveSession,
  RotationOutcome,
  SignInOutcome,
  Verification,
} from '../../sessions/sessions.ts'
import type { CookieJar } from '../cookies/cookie-jar.ts'
import type { CsrfTokens } from '../csrf/csrf-tokens.ts'
import type { WebContext } from '../web-context.ts'
import type { Exchange, ExchangeRotation, ExchangeSignIn } from './exchange.ts'
import type { Flashes } from './flashes.ts'
import { createPendingOperations, expirePendingCookie } from './pending-operations.ts'
import type { SessionState } from './session-state.ts'

/** What the operations of one exchange use. */
export interface ExchangeContext<Data> {
  readonly client: Client
  readonly jar: CookieJar
  readonly state: SessionState<Data>
  readonly csrf: CsrfTokens
  readonly flashes: Flashes
}

type SignedIn<Data> = Extract<SignInOutcome<Data>, { readonly status: 'signed-in' }>

type SessionOperation =
  | 'signIn'
  | 'acceptSignIn'
  | 'beginSignIn'
  | 'pendingSignIn'
  | 'attemptSignIn'
  | 'completeSignIn'
  | 'cancelSignIn'
  | 'signOut'
  | 'rotate'
  | 'stepUp'
  | 'saveData'

/** Whether a rejected token contains the session's secret, current or just replaced. */
function holdsKnownSecret<Data>(verified: Verification<Data>): boolean {
  if (verified.status !== 'none') return false
  const { reason } = verified
  const isOtherClient = reason === 'ip-address-changed' || reason === 'user-agent-changed'
  return isOtherClient || reason === 'secret-replaced' || reason === 'assurance-too-low'
}

/**
 * The operations that change a session. Each writes to the store first and sets cookies only after
 * the write succeeded.
 */
export function createSessionOperations<Data>(
  context: WebContext<Data>,
  { client, jar, state, csrf, flashes }: ExchangeContext<Data>,
): Pick<Exchange<Data>, SessionOperation> {
  const { sessions, cookies } = context

  async function reissueCookie(
    replaceSecret: (token: string, active: ActiveSession<Data>) => Promise<RotationOutcome<Data>>,
  ): Promise<ExchangeRotation<Data>> {
    jar.requireNotSent()
    const token = state.token()
    const active = await state.active()
    if (token === null || active === null) return { status: 'refused' }
    const outcome = await replaceSecret(token, active)
    if (outcome.status === 'refused') return outcome
    const { status: _, ...issued } = outcome
    state.setSession(issued)
    return { status: 'rotated', session: issued.session }
  }

  /** Ends the session whose secret the client presents. */
  async function endPresented(reason: 'signed-out' | 'signed-in-again'): Promise<void> {
    const verified = await state.verification()
    if (verified.status === 'active') {
      const { id, userId } = verified.session
      const by = reason === 'signed-out' ? userId : null
      await sessions.revokeSessionOfAnyUser(id, { reason, by })
    } else if (holdsKnownSecret(verified)) {
      // It is refused, but may still be active elsewhere.
      const parts = parseToken(state.token() ?? '')
      if (parts !== null) await sessions.revokeSessionOfAnyUser(parts.id, { reason })
    }
  }

  function startSession({ status: _, ...issued }: SignedIn<Data>): ExchangeSignIn<Data> {
    state.setSession(issued)
    csrf.expirePreSession()
    flashes.expireCookie()
    const isPending = jar.values(cookies.pendingSignIn).length > 0
    if (isPending) expirePendingCookie(jar, cookies.pendingSignIn)
    return { status: 'signed-in', session: issued.session }
  }

  return {
    ...createPendingOperations(context, { client, jar, state, startSession }),

    async signIn(signIn) {
      jar.requireNotSent()
      const outcome = await sessions.signIn({ ...signIn, client, presentedToken: state.token() })
      return outcome.status === 'refused' ? outcome : startSession(outcome)
    },

    async acceptSignIn(outcome) {
      jar.requireNotSent()
      if (outcome.status === 'refused') return outcome
      await endPresented('signed-in-again')
      return startSession(outcome)
    },

    async signOut() {
      jar.requireNotSent()
      await endPresented('signed-out')
      state.clear()
      jar.clearSiteData()
    },

    rotate: (rotation) =>
      reissueCookie(async (token, { stepUpReason }) => {
        const outcome = await sessions.rotate(token, rotation)
        // A rotation does not authenticate the user.
        return outcome.status === 'rotated' ? { ...outcome, stepUpReason } : outcome
      }),

    stepUp: (stepUp) => reissueCookie((token) => sessions.stepUp(token, { ...stepUp, client })),

    async saveData(changes) {
      const active = await state.active()
      if (active === null) return null
      const data = await sessions.saveData(active.session.id, changes)
      if (data !== null) state.update({ ...active, session: { ...active.session, data } })
      return data
    },
  }
}
