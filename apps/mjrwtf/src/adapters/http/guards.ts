import type { EndReason, VerifyOptions } from 'coatcheck'
import type { SessionVariables } from 'coatcheck/hono'
import type { Context, MiddlewareHandler } from 'hono'
import type { AppSessionData } from './app-dependencies.ts'
import { leaveGoneAccount } from './leave.ts'
import { findUserOf } from './session-user.ts'
import type { AppEnv, AppMiddleware, Site, UserVariables } from './site.ts'

/** What `userGuards` leave behind. */
export interface UserEnv {
  Bindings: AppEnv['Bindings']
  Variables: UserVariables & SessionVariables<AppSessionData>
}

/** What the sign-in page says to somebody whose session has ended. */
const endings: Partial<Record<EndReason | 'address-changed' | 'gone', string>> = {
  'idle-timeout': 'You were signed out because nothing happened for a while.',
  'absolute-timeout': 'Your session has reached its time limit.',
  'signed-out': 'You have signed out.',
  'ended-by-user': 'This session was ended from another device.',
  'ended-by-administrator': 'An administrator has ended this session.',
  'password-changed': 'The password was changed, so this session has ended.',
  'secret-reused': 'This session was ended because its cookie was used from elsewhere.',
  // It goes on elsewhere: where SESSION_IP_CHECK refuses, nothing is ended.
  'address-changed':
    'Your network address has changed since you signed in, which this site does not allow.',
  // No session says so, for it is gone too; an open page can be told.
  gone: 'Your account was deleted.',
  'session-cap': 'You signed in on more devices than allowed; the oldest session made room.',
}

/** Kind of the flash with which a session that ended explains itself on the sign-in page. */
export const endedFlash = 'session-ended'

/** Why a session has ended, for the person whose it was; `null` where they know, having signed in again. */
export function endingText(reason: string): string | null {
  return endingTexts.get(reason) ?? null
}

const endingTexts = new Map(Object.entries(endings))

/** Before `requireSession`: leaves word of why a presented session has ended, or is refused. */
export const explainEnd = explainEndBy()
/** The same before `requireFreshSession` and `requireRecentAuthentication`. */
const explainFreshEnd = explainEndBy({ fresh: true })

function explainEndBy(options?: VerifyOptions): AppMiddleware {
  return async (c, next) => {
    const verification = await c.var.exchange.verification(options)
    const message = 'reason' in verification ? endingText(verification.reason) : null
    if (message !== null) await c.var.exchange.flash({ kind: endedFlash, message })
    return next()
  }
}

/** After `requireSession`: the user as they are now. An account that is gone has no session either. */
export function requireUser(site: Site): MiddlewareHandler<UserEnv> {
  return async (c, next) => {
    const found = await findUserOf(site, c.var.session)
    if (found.status !== 'found') return leaveSession(c, found.status)
    const { user } = found
    c.set('user', user)
    c.set('viewer', user)
    return next()
  }
}

/** Goes on without a session that was good for the library, and is not for the app. */
async function leaveSession(c: Context<UserEnv>, why: 'gone' | 'password-changed') {
  if (why === 'gone') return leaveGoneAccount(c)
  const { exchange } = c.var
  await exchange.signOut()
  await exchange.flash({ kind: endedFlash, message: endings['password-changed'] ?? '' })
  const { pathname, search } = new URL(c.req.url)
  const next = c.req.method === 'GET' ? `&next=${encodeURIComponent(pathname + search)}` : ''
  return c.redirect(`/login?error=session_expired${next}`, 303)
}

/**
 * Refuses a request that names two hosts, before anything believes one of them. In JSON whoever asks: no browser
 * sends such a request.
 */
export function requireOneHost(site: Site): AppMiddleware {
  const headers = site.web.securityHeaders('api', '')
  return async (c, next) => {
    const refusal = await site.web.requireOneHost(c.var.exchange)
    if (refusal === null) return next()
    for (const [name, value] of headers) refusal.headers.set(name, value)
    return refusal
  }
}

/** What every page for a signed-in user goes through, in this order. */
export function userGuards(site: Site) {
  return [explainEnd, site.sessions.requireSession, requireUser(site)] as const
}

/** The same for what may only be done by who has proved lately who they are (ASVS 5.0 V7.5.1, V7.5.3). */
export function recentUserGuards(site: Site) {
  return [explainFreshEnd, site.sessions.requireRecentAuthentication, requireUser(site)] as const
}

/** After `optionalSession`: who is looking, or null for a stranger. */
export function findViewer(site: Site): AppMiddleware {
  return async (c, next) => {
    const session = c.var.session ?? null
    const found = session === null ? null : await findUserOf(site, session)
    c.set('viewer', found?.status === 'found' ? found.user : null)
    return next()
  }
}

/** After `requireUser`: only the operator; for others it is not there. */
export const requireOperator: MiddlewareHandler<UserEnv> = async (c, next) =>
  c.var.user.isOperator ? next() : c.notFound()

/** After `requireUser`: only the operator, only where invites are how people join; for others it is not there. */
export function requireInviting(site: Site): MiddlewareHandler<UserEnv> {
  return async (c, next) => {
    if (site.options.signUp === 'invite' && c.var.user.isOperator) return next()
    return c.notFound()
  }
}
