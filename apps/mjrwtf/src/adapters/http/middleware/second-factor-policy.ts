import type { AssuranceLevel } from 'coatcheck'
import type { HonoSessions, SessionVariables } from 'coatcheck/hono'
import type { MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import { mustHaveSecondFactor } from '../../../domain/second-factor-policy.ts'
import type { User } from '../../../domain/user.ts'
import type { AppEnv, AppSessionData, PageContext, UserVariables } from '../http-context.ts'

export type PolicyContext = Pick<PageContext, 'options'>

export interface PolicyEnv {
  Bindings: AppEnv['Bindings']
  Variables: UserVariables & SessionVariables<AppSessionData>
}

/** The page that explains why a second factor is required and offers the kinds. */
export const setUpFactorPath = '/settings/second-factor'

/** The pages for users who must set up a second factor first: what they need for that, and the way out. */
const openPages =
  /^\/(settings$|settings\/(security|second-factor|passkeys|authenticators|recovery-codes|phone)|reauthenticate|logout)(\/|$)/

/** The pages for users who have a second factor but have not sent it in this session. */
const stepUpPages = /^\/(reauthenticate|logout)(\/|$)/

/** Whether the page is closed to a user without a second factor. Read for each request, so it holds for any session. */
export function mustSetUpFactor(
  { options }: PolicyContext,
  user: { readonly secondFactors: number },
): boolean {
  return options.requireSecondFactor === 'everyone' && user.secondFactors === 0
}

/**
 * Whether the page is closed to a session of a user with a second factor: it began with the password alone, before there
 * was a factor or a policy. Otherwise everyone who knew the password then would stay signed in.
 */
export function mustShowFactor(
  { options }: PolicyContext,
  session: { readonly assuranceLevel: AssuranceLevel },
): boolean {
  return options.requireSecondFactor === 'everyone' && session.assuranceLevel < 2
}

/**
 * After `requireUser`: a user who must have a second factor sets one up before anything else. With one, the session must
 * show it, or step up first.
 */
export function requireFactorOfEveryone(
  context: PolicyContext & Pick<PageContext, 'sessions'>,
): MiddlewareHandler<PolicyEnv> {
  const requireLevel = every(context.sessions.requireAssurance({ level: 2 }))
  return async (c, next) => {
    const { path } = c.req
    if (mustSetUpFactor(context, c.var.user)) {
      return openPages.test(path) ? next() : c.redirect(setUpLocation(c.req), 303)
    }
    const isOpen = stepUpPages.test(path) || !mustShowFactor(context, c.var.session)
    return isOpen ? next() : requireLevel(c, next)
  }
}

/** Where the operator sets up a second factor before this administration page, or `null` if it is open. */
export function operatorSetUpLocation(
  { options }: PolicyContext,
  user: Pick<User, 'isOperator' | 'secondFactors'>,
  request: SetUpRequest,
): string | null {
  const isRequired = mustHaveSecondFactor(options.requireSecondFactor, user)
  return isRequired && user.secondFactors === 0 ? setUpLocation(request) : null
}

/**
 * For administration pages: the session must show a second factor. One that skipped it in a trusted browser steps
 * up first.
 */
export function requireOperatorLevel({
  options,
  sessions,
}: PolicyContext & Pick<PageContext, 'sessions'>): HonoSessions<AppSessionData>['requireSession'] {
  if (options.requireSecondFactor === 'off') return (_c, next) => next()
  return sessions.requireAssurance({ level: 2 })
}

interface SetUpRequest {
  readonly method: string
  readonly url: string
}

function setUpLocation({ method, url }: SetUpRequest): string {
  const { pathname, search } = new URL(url)
  if (method !== 'GET') return setUpFactorPath
  return `${setUpFactorPath}?next=${encodeURIComponent(pathname + search)}`
}
