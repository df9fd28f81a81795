import type { EndReason } from 'coatcheck'
import type { SessionVariables } from 'coatcheck/hono'
import type { MiddlewareHandler } from 'hono'
import type { AppSessionData } from './app-dependencies.ts'
import type { AppMiddleware, Site, UserVariables } from './site.ts'

interface UserEnv {
  Variables: UserVariables & SessionVariables<AppSessionData>
}

/** What the sign-in page says to somebody whose session has ended. */
const endings: Partial<Record<EndReason, string>> = {
  'idle-timeout': 'You were signed out because nothing happened for a while.',
  'absolute-timeout': 'Your session has reached its time limit.',
  'signed-out': 'You have signed out.',
  'ended-by-user': 'This session was ended from another device.',
  'ended-by-administrator': 'An administrator has ended this session.',
  'password-changed': 'The password was changed, so this session has ended.',
  'secret-reused': 'This session was ended because its cookie was used from elsewhere.',
  'session-cap': 'You signed in on more devices than allowed; the oldest session made room.',
}

/** Kind of the flash with which a session that ended explains itself on the sign-in page. */
export const endedFlash = 'session-ended'

/** Before `requireSession`: leaves word of why a presented session has ended. */
export const explainEnd: AppMiddleware = async (c, next) => {
  const verification = await c.var.exchange.verification()
  const message = verification.status === 'ended' ? endings[verification.reason] : undefined
  if (message !== undefined) await c.var.exchange.flash({ kind: endedFlash, message })
  return next()
}

/** After `requireSession`: the user as they are now. An account that is gone has no session either. */
export function requireUser(site: Site): MiddlewareHandler<UserEnv> {
  return async (c, next) => {
    const user = await site.useCases.findUser(c.var.session.userId)
    if (user === null) {
      await c.var.exchange.signOut()
      return c.redirect('/login', 303)
    }
    c.set('user', user)
    c.set('viewer', user)
    return next()
  }
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

/** After `optionalSession`: who is looking, or null for a stranger. */
export function findViewer(site: Site): AppMiddleware {
  return async (c, next) => {
    const session = c.var.session ?? null
    c.set('viewer', session === null ? null : await site.useCases.findUser(session.userId))
    return next()
  }
}

/** After `requireUser`: only the operator, only where invites are how people join; for others it is not there. */
export function requireInviting(site: Site): MiddlewareHandler<UserEnv> {
  return async (c, next) => {
    if (site.options.signUp === 'invite' && c.var.user.isOperator) return next()
    return c.notFound()
  }
}
