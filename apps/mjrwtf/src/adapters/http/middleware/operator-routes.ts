import type { Hono, MiddlewareHandler } from 'hono'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import {
  type GuardContext,
  noMiddleware,
  requireConfirmation,
  type UserEnv,
  userGuards,
} from './guards.ts'
import { operatorSetUpLocation, requireOperatorLevel } from './second-factor-policy.ts'

/** Routes for the operator, with a second factor if the policy requires one. Other users get a 404, without a step-up before it. */
export function operatorRoutes(
  app: Hono<AppEnv>,
  context: GuardContext,
): GuardedRoutes<UserRequestContext> {
  const { csrfGuard } = context.sessions
  const guards = [
    ...userGuards(context),
    requireOperator(context),
    requireOperatorLevel(context),
  ] as const
  return {
    get: (path, handler) => void app.get(path, ...guards, (c) => handler(c)),
    post(path, handler, first = noMiddleware) {
      app.post(path, first, ...guards, requireConfirmation(context), csrfGuard, (c) => handler(c))
    },
  }
}

function requireOperator(context: GuardContext): MiddlewareHandler<UserEnv> {
  return async (c, next) => {
    const { user } = c.var
    if (!user.isOperator) return c.notFound()
    const location = operatorSetUpLocation(context, user, c.req)
    return location === null ? next() : c.redirect(location, 303)
  }
}
