import type { Hono, MiddlewareHandler } from 'hono'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { type GuardContext, type UserEnv, userGuards } from '../middleware/guards.ts'
import { requireFactorOfOperator } from '../middleware/second-factor-policy.ts'

/** Routes for the operator. Other users get a 404, without a step-up before it. */
export function operatorRoutes(
  app: Hono<AppEnv>,
  context: GuardContext,
): GuardedRoutes<UserRequestContext> {
  const { requireRecentAuthentication, csrfGuard } = context.sessions
  const guards = [
    ...userGuards(context),
    requireOperator,
    requireFactorOfOperator(context),
  ] as const
  return {
    get: (path, handler) => void app.get(path, ...guards, (c) => handler(c)),
    post(path, handler) {
      app.post(path, ...guards, requireRecentAuthentication, csrfGuard, (c) => handler(c))
    },
  }
}

const requireOperator: MiddlewareHandler<UserEnv> = async (c, next) =>
  c.var.user.isOperator ? next() : c.notFound()
