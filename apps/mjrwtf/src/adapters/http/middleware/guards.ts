import type { BuiltInEndReason, Session, Verification, VerifyOptions } from 'coatcheck'
import type { NonceVariables, SessionVariables } from 'coatcheck/hono'
import type { Context, Hono, MiddlewareHandler, Next } from 'hono'
import { every, except } from 'hono/combine'
import type { FindSessionUserResult } from '../../../application/accounts/find-session-user.ts'
import type {
  AppEnv,
  AppMiddleware,
  AppSessionData,
  GuardedRoutes,
  PageContext,
  RequestContext,
  UserRequestContext,
  UserVariables,
} from '../http-context.ts'
import { signOutDeletedAccount } from '../responses/redirects.ts'
import { requireFactorOfEveryone } from './second-factor-policy.ts'
import { suspendedText } from './suspended-text.ts'

export type GuardContext = Pick<PageContext, 'sessions' | 'accounts' | 'options'>

/** Environment behind `userGuards`. */
export interface UserEnv {
  Bindings: AppEnv['Bindings']
  Variables: UserVariables & SessionVariables<AppSessionData>
}

/** The reasons of the library, and those of the app. */
type AppEndReason = BuiltInEndReason | 'account-deleted' | 'account-suspended' | 'provider-logout'

/** Messages of the sign-in page for a session that has ended. `null` if the user knows it. */
const endReasonTexts: Readonly<Record<AppEndReason, string | null>> = {
  'idle-timeout': 'You were signed out because you were inactive.',
  'absolute-timeout':
    'You were signed out for security because your session reached its time limit.',
  'signed-out': 'You signed out.',
  'signed-in-again': null,
  'ended-by-user': 'You were signed out from another device.',
  'ended-by-operator': 'An administrator signed you out.',
  'password-changed': 'You were signed out because the password was changed.',
  'secret-reused':
    'You were signed out because someone may have copied your session. Change your password if this was not you.',
  // The session is deleted with the account. Only an open page receives this reason.
  'account-deleted': 'Your account was deleted.',
  'account-suspended': suspendedText,
  'provider-logout': 'You signed out at the service that you use to sign in.',
  'session-cap': 'You reached the limit of devices, so the oldest one was signed out.',
}

/** Kind of the flash that carries to the sign-in page why a session ended. */
export const sessionEndedFlash = 'session-ended'

const endReasonTextMap = new Map(Object.entries(endReasonTexts))

/** For a reason of another release, and for a session whose end has no known reason. */
const unknownReasonText = 'You have been signed out.'

/** Message for an end reason. `null` if the user knows it, for example after signing in again. */
export function endReasonText(reason: string): string | null {
  const text = endReasonTextMap.get(reason)
  return text === undefined ? unknownReasonText : text
}

/** Message for a session that was not accepted from this client, although it may be active. */
export function rejectionText(reason: string): string {
  return rejectionTextMap.get(reason) ?? unknownReasonText
}

const rejectionTextMap: ReadonlyMap<string, string> = new Map([
  // With SESSION_IP_CHECK the session is rejected here, but stays active on its own network.
  ['ip-address-changed', 'Your network changed, so you need to sign in again.'],
])

/** Why the visitor has no session, or `null` if there is nothing to explain. */
function missingSessionText(verification: Verification<AppSessionData>): string | null {
  if (verification.status === 'ended') return endReasonText(verification.reason)
  return verification.status === 'none' ? (rejectionTextMap.get(verification.reason) ?? null) : null
}

/** Before `requireSession`: sets a flash with the reason why a presented session ended or was rejected. */
const flashEndReason = createFlashEndReason()
/** The same before `requireConfirmation`. */
const flashUncachedEndReason = createFlashEndReason({ skipCache: true })

function createFlashEndReason(options?: VerifyOptions): AppMiddleware {
  return async (c, next) => {
    const message = missingSessionText(await c.var.exchange.verification(options))
    if (message !== null) await c.var.exchange.flash({ kind: flashKindOf(message), message })
    return next()
  }
}

/** The sign-in page asks the user to sign in again, which a suspended one cannot. */
function flashKindOf(message: string): string {
  return message === suspendedText ? 'error' : sessionEndedFlash
}

/** After `requireSession`: looks up the user. The session of a deleted account is ended. */
function requireUser(context: GuardContext): MiddlewareHandler<UserEnv> {
  return async (c, next) => {
    const found = await findSessionUser(context, c.var.session)
    if (found.status !== 'found') return clearSession(c, found.status)
    const { user } = found
    c.set('user', user)
    c.set('viewer', user)
    return next()
  }
}

/** Ends a session that is valid for the library but not for the app. */
async function clearSession(
  c: Context<UserEnv>,
  reason: Exclude<FindSessionUserResult['status'], 'found'>,
) {
  if (reason === 'deleted') return signOutDeletedAccount(c)
  const { exchange } = c.var
  await exchange.signOut()
  if (reason === 'suspended') {
    await exchange.flash({ kind: 'error', message: suspendedText })
    return c.redirect('/login', 303)
  }
  await exchange.flash({
    kind: sessionEndedFlash,
    message: endReasonTexts['password-changed'] ?? '',
  })
  const { pathname, search } = new URL(c.req.url)
  const next = c.req.method === 'GET' ? `&next=${encodeURIComponent(pathname + search)}` : ''
  return c.redirect(`/login?error=session_expired${next}`, 303)
}

/** The current user of a session, if the session may still act for the account. */
export function findSessionUser(
  context: Pick<PageContext, 'accounts'>,
  session: Session<AppSessionData>,
): Promise<FindSessionUserResult> {
  const { userId, id: sessionId, data } = session
  return context.accounts.findSessionUser({
    userId,
    sessionId,
    passwordVersion: data.passwordVersion ?? 0,
  })
}

/**
 * Rejects a request with two host headers or an invalid one, before a host is used. The response is JSON for every client, because no
 * browser sends such a request.
 */
export function requireValidHost(context: Pick<PageContext, 'webSecurity'>): AppMiddleware {
  const headers = context.webSecurity.apiHeaders()
  return async (c, next) => {
    const refusal = await context.webSecurity.requireValidHost(c.var.exchange)
    if (refusal === null) return next()
    for (const [name, value] of headers) refusal.headers.set(name, value)
    return refusal
  }
}

/** The guards of every page for signed-in users, in order. */
export function userGuards(context: GuardContext) {
  return [
    flashEndReason,
    context.sessions.requireSession,
    requireUser(context),
    requireFactorOfEveryone(context),
  ] as const
}

/** Additionally require that the user has confirmed recently that it is them. */
function recentUserGuards(context: GuardContext) {
  const [, ...guards] = userGuards(context)
  return [flashUncachedEndReason, ...guards, requireConfirmation(context)] as const
}

/** What a confirmation requires of users with second factors: two factors, both recent. */
export const recentAssurance = { level: 2, within: '15m' } as const

/**
 * After the user is known, before a sensitive operation: a recent authentication (ASVS 5.0 V7.5.1, V7.5.3). Users with
 * second factors need level 2, so that neither a password nor a stolen device is enough to change their factors (SP
 * 800-63B-4 section 4.1.2.1).
 */
export function requireConfirmation({ sessions }: Pick<PageContext, 'sessions'>) {
  const hasSecondFactors = (c: Context<UserEnv>) => c.var.user.secondFactors > 0
  return every(
    except((c) => !hasSecondFactors(c), sessions.requireAssurance(recentAssurance)),
    except(hasSecondFactors, sessions.requireRecentAuthentication),
  )
}

/** The guards of pages for everyone, which look up a signed-in viewer. */
export function visitorGuards(context: GuardContext) {
  return [context.sessions.optionalSession, findViewer(context)] as const
}

/** After `optionalSession`: sets the viewer, `null` without a session. */
function findViewer(context: GuardContext): AppMiddleware {
  return async (c, next) => {
    const session = c.var.session ?? null
    const found = session === null ? null : await findSessionUser(context, session)
    c.set('viewer', found?.status === 'found' ? found.user : null)
    return next()
  }
}

/** Middleware that does nothing. */
export function noMiddleware(_c: unknown, next: Next): Promise<void> {
  return next()
}

/** Routes for everyone. `headers` sets the headers of the responses. */
export function visitorRoutes(
  app: Hono<AppEnv>,
  context: GuardContext,
  headers: MiddlewareHandler<{ Variables: NonceVariables }> = noMiddleware,
): GuardedRoutes<RequestContext> {
  const guards = [headers, ...visitorGuards(context)] as const
  const { csrfGuard } = context.sessions
  return {
    get: (path, handler) => void app.get(path, ...guards, (c) => handler(c)),
    post(path, handler, first = noMiddleware) {
      app.post(path, first, ...guards, csrfGuard, (c) => handler(c))
    },
  }
}

/** Routes for signed-in users. */
export function userRoutes(
  app: Hono<AppEnv>,
  context: GuardContext,
): GuardedRoutes<UserRequestContext> {
  return routesBehind(app, context, [...userGuards(context), noMiddleware])
}

/** Routes for users who signed in or confirmed recently that it is them. */
export function recentUserRoutes(
  app: Hono<AppEnv>,
  context: GuardContext,
): GuardedRoutes<UserRequestContext> {
  return routesBehind(app, context, recentUserGuards(context))
}

function routesBehind(
  app: Hono<AppEnv>,
  context: GuardContext,
  guards: readonly [...ReturnType<typeof userGuards>, MiddlewareHandler],
): GuardedRoutes<UserRequestContext> {
  const { csrfGuard } = context.sessions
  return {
    get: (path, handler) => void app.get(path, ...guards, (c) => handler(c)),
    post(path, handler, first = noMiddleware) {
      app.post(path, first, ...guards, csrfGuard, (c) => handler(c))
    },
  }
}
