import type { Hono } from 'hono'
import type { FactorRemovals } from '../../../application/second-factors/factor-removals.ts'
import type { GetSecurityOverview } from '../../../application/security-overview/security-overview.ts'
import { mustHaveSecondFactor } from '../../../domain/second-factor-policy.ts'
import { nextSecuritySteps } from '../../../domain/security-step.ts'
import { addAction } from '../forms/form-page.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { setUpFactorPath } from '../middleware/second-factor-policy.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, page } from '../responses/page.ts'
import { redirectWithFlash } from '../responses/redirects.ts'
import { SecurityPage } from './security-page.tsx'
import { SetUpFactorPage } from './set-up-factor-page.tsx'

export interface SecurityContext extends PageContext {
  readonly getSecurityOverview: GetSecurityOverview
  readonly factorRemovals: Pick<FactorRemovals, 'cancel'>
}

const path = '/settings/security'

/** The overview of the account's security, and the page for users who must set up a second factor first. */
export function addSecurityRoutes(app: Hono<AppEnv>, context: SecurityContext): void {
  const routes = userRoutes(app, context)
  routes.get(path, (c) => showSecurity(context, c))
  routes.get(setUpFactorPath, (c) => showSetUpFactor(context, c))
  // No step-up: canceling keeps the account as it is.
  addAction(routes, context, {
    path: `${path}/removal/cancel`,
    run: (c) => cancelRemoval(context, c),
  })
}

async function showSecurity(context: SecurityContext, c: UserRequestContext): Promise<Response> {
  const overview = await context.getSecurityOverview(c.var.user)
  const steps = nextSecuritySteps({
    isFactorRequired: overview.isFactorRequired,
    factors: overview.factors.map(({ kind }) => kind),
    suspendedPasskeys: overview.suspendedPasskeys,
    unusedRecoveryCodes: overview.unusedRecoveryCodes,
    isEmailVerified: overview.email.verifiedAt !== null,
    isEmailEnabled: context.options.mail !== 'off',
  })
  const frame = await frameOf(context, c)
  const policy = context.options.requireSecondFactor
  const now = context.clock.now()
  return page(c, <SecurityPage {...{ frame, overview, steps, policy, now }} />)
}

async function cancelRemoval(context: SecurityContext, c: UserRequestContext): Promise<Response> {
  const { user } = c.var
  const isCanceled = await context.factorRemovals.cancel(user)
  if (isCanceled)
    logSecurityEvent(context, c, { event: 'factor-removal-canceled', userId: user.id })
  const message = isCanceled
    ? 'The removal is canceled. Your second factors stay as they are.'
    : 'There was no removal to cancel.'
  return redirectWithFlash(context, c, { message, to: path })
}

async function showSetUpFactor(context: SecurityContext, c: UserRequestContext): Promise<Response> {
  const { user } = c.var
  const next = context.nextPath(c.req.query('next'))
  if (user.secondFactors > 0) return c.redirect(next ?? path, 303)
  const policy = context.options.requireSecondFactor
  const isRequired = mustHaveSecondFactor(policy, user)
  const frame = await frameOf(context, c)
  return page(c, <SetUpFactorPage {...{ frame, policy, isRequired }} />)
}
