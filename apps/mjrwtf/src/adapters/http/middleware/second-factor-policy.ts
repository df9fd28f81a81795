import type { HonoSessions } from 'coatcheck/hono'
import type { MiddlewareHandler } from 'hono'
import { mustHaveSecondFactor } from '../../../domain/second-factor-policy.ts'
import type { User } from '../../../domain/user.ts'
import type { AppEnv, AppSessionData, PageContext, UserVariables } from '../http-context.ts'

export type PolicyContext = Pick<PageContext, 'options'>

export interface PolicyEnv {
  Bindings: AppEnv['Bindings']
  Variables: UserVariables
}

/** The page that explains why a second factor is required and offers the kinds. */
export const setUpFactorPath = '/settings/second-factor'

/** The pages for users who must set up a second factor first: what they need for that, and the way out. */
const openPages =
  /^\/(settings\/(security|second-factor|passkeys|authenticators|recovery-codes|phone)|reauthenticate|logout)(\/|$)/

/** Whether the page is closed to a user without a second factor. Read for each request, so it holds for any session. */
export function mustSetUpFactor(
  { options }: PolicyContext,
  user: { readonly secondFactors: number },
): boolean {
  return options.requireSecondFactor === 'everyone' && user.secondFactors === 0
}

/** After `requireUser`: a user who must have a second factor sets one up before anything else. */
export function requireFactorOfEveryone(context: PolicyContext): MiddlewareHandler<PolicyEnv> {
  return async (c, next) => {
    if (openPages.test(c.req.path) || !mustSetUpFactor(context, c.var.user)) return next()
    return c.redirect(setUpLocation(c.req), 303)
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
