import type { Hono } from 'hono'
import type { Authenticators } from '../../../application/authenticators/authenticators.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes, userRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { addFactorChanges, type ChangeFactorContext } from '../second-factors/change-factor.tsx'
import type { FactorTexts } from '../second-factors/change-factor-pages.tsx'
import { AuthenticatorsPage, authenticatorsPath } from './authenticators-page.tsx'
import { enroll } from './enroll.tsx'
import { explainInterruption } from './explain-interruption.ts'

export interface AuthenticatorsContext extends ChangeFactorContext {
  readonly authenticators: Omit<Authenticators, 'checkCode' | 'renewKeys'>
}

const texts: FactorTexts = {
  noun: 'authenticator app',
  renameHint: 'It changes here only, not in the app.',
  removalEffect: 'You can no longer sign in with its codes.',
  removalHint: 'Delete the entry in the app too.',
}

/** Routes that list and change the user's authenticator apps. */
export function addAuthenticatorRoutes(app: Hono<AppEnv>, context: AuthenticatorsContext): void {
  userRoutes(app, context).get(authenticatorsPath, (c) => showAuthenticators(context, c))
  const routes = recentUserRoutes(app, context)
  routes.post(authenticatorsPath, (c) => enroll(context, c), explainInterruption(context))
  const { list } = context.authenticators
  addFactorChanges(routes, context, {
    kind: 'authenticator',
    path: authenticatorsPath,
    texts,
    list,
  })
}

async function showAuthenticators(context: AuthenticatorsContext, c: UserRequestContext) {
  const { user } = c.var
  const [authenticators, { unusedRecoveryCodes }] = await Promise.all([
    context.authenticators.list(user.id),
    context.manageFactors.list(user),
  ])
  const frame = await frameOf(context, c)
  const now = context.clock.now()
  return page(c, <AuthenticatorsPage {...{ frame, authenticators, unusedRecoveryCodes, now }} />)
}
