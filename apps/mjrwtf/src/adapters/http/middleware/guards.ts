import type { EndReason, VerifyOptions } from 'coatcheck'
import type { SessionVariables } from 'coatcheck/hono'
import type { Context, MiddlewareHandler } from 'hono'
import type {
  AppEnv,
  AppMiddleware,
  AppSessionData,
  HttpContext,
  UserVariables,
} from '../http-context.ts'
import { signOutDeletedAccount } from '../responses/sign-out-deleted-account.ts'
import { findSessionUser } from './session-user.ts'

/** What `userGuards` leave behind. */
export interface UserEnv {
  Bindings: AppEnv['Bindings']
  Variables: UserVariables & SessionVariables<AppSessionData>
}

/** Messages of the sign-in page for a session that has ended. */
const endReasonTexts: Partial<
  Record<EndReason | 'ip-address-changed' | 'account-deleted', string>
> = {
  'idle-timeout': 'You were signed out because you were inactive.',
  'absolute-timeout':
    'You were signed out for security because your session reached its time limit.',
  'signed-out': 'You signed out.',
  'ended-by-user': 'You were signed out from another device.',
  'ended-by-operator': 'An administrator signed you out.',
  'password-changed': 'You were signed out because the password was changed.',
  'secret-reused':
    'You were signed out because someone may have copied your session. Change your password if this was not you.',
  // With SESSION_IP_CHECK the session is rejected here, but stays active on its own network.
  'ip-address-changed': 'Your network changed, so you need to sign in again.',
  // The session is deleted with the account. Only an open page receives this reason.
  'account-deleted': 'Your account was deleted.',
  'session-cap': 'You reached the limit of devices, so the oldest one was signed out.',
}

/** Kind of the flash that tells the sign-in page why a session ended. */
export const sessionEndedFlash = 'session-ended'

/** Message for an end reason. `null` if the user knows it, for example after signing in again. */
export function endReasonText(reason: string): string | null {
  return endReasonTextMap.get(reason) ?? null
}

const endReasonTextMap = new Map(Object.entries(endReasonTexts))

/** Before `requireSession`: leaves word of why a presented session has ended, or is refused. */
export const flashEndReason = createFlashEndReason()
/** The same before `requireFreshSession` and `requireRecentAuthentication`. */
const flashFreshEndReason = createFlashEndReason({ fresh: true })

function createFlashEndReason(options?: VerifyOptions): AppMiddleware {
  return async (c, next) => {
    const verification = await c.var.exchange.verification(options)
    const message = 'reason' in verification ? endReasonText(verification.reason) : null
    if (message !== null) await c.var.exchange.flash({ kind: sessionEndedFlash, message })
    return next()
  }
}

/** After `requireSession`: the user as they are now. An account that is gone has no session either. */
export function requireUser(context: HttpContext): MiddlewareHandler<UserEnv> {
  return async (c, next) => {
    const found = await findSessionUser(context, c.var.session)
    if (found.status !== 'found') return clearSession(c, found.status)
    const { user } = found
    c.set('user', user)
    c.set('viewer', user)
    return next()
  }
}

/** Goes on without a session that was good for the library, and is not for the app. */
async function clearSession(c: Context<UserEnv>, reason: 'deleted' | 'password-changed') {
  if (reason === 'deleted') return signOutDeletedAccount(c)
  const { exchange } = c.var
  await exchange.signOut()
  await exchange.flash({
    kind: sessionEndedFlash,
    message: endReasonTexts['password-changed'] ?? '',
  })
  const { pathname, search } = new URL(c.req.url)
  const next = c.req.method === 'GET' ? `&next=${encodeURIComponent(pathname + search)}` : ''
  return c.redirect(`/login?error=session_expired${next}`, 303)
}

/**
 * Refuses a request that names two hosts, before anything believes one of them. In JSON whoever asks: no browser
 * sends such a request.
 */
export function requireSingleHostHeader(context: HttpContext): AppMiddleware {
  const headers = context.webSecurity.apiHeaders()
  return async (c, next) => {
    const refusal = await context.webSecurity.requireSingleHostHeader(c.var.exchange)
    if (refusal === null) return next()
    for (const [name, value] of headers) refusal.headers.set(name, value)
    return refusal
  }
}

/** What every page for a signed-in user goes through, in this order. */
export function userGuards(context: HttpContext) {
  return [flashEndReason, context.sessions.requireSession, requireUser(context)] as const
}

/** The same for what may only be done by who has proved lately who they are (ASVS 5.0 V7.5.1, V7.5.3). */
export function recentUserGuards(context: HttpContext) {
  return [
    flashFreshEndReason,
    context.sessions.requireRecentAuthentication,
    requireUser(context),
  ] as const
}

/** After `optionalSession`: who is looking, or null for a stranger. */
export function findViewer(context: HttpContext): AppMiddleware {
  return async (c, next) => {
    const session = c.var.session ?? null
    const found = session === null ? null : await findSessionUser(context, session)
    c.set('viewer', found?.status === 'found' ? found.user : null)
    return next()
  }
}

/** After `requireUser`: only the operator; for others it is not there. */
export const requireOperator: MiddlewareHandler<UserEnv> = async (c, next) =>
  c.var.user.isOperator ? next() : c.notFound()

/** After `requireUser`: only the operator, only where invites are how people join; for others it is not there. */
export function requireInvitesEnabled(context: HttpContext): MiddlewareHandler<UserEnv> {
  return async (c, next) => {
    if (context.options.signUp === 'invite' && c.var.user.isOperator) return next()
    return c.notFound()
  }
}
