import type { Hono } from 'hono'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { type ApiContext, apiGuards } from './api-guards.ts'

/** Who a credential acts for, and what it may do. */
export function addAccountApiRoutes(app: Hono<AppEnv>, context: ApiContext): void {
  app.get('/api/account', ...apiGuards(context, 'account:read'), showAccount)
}

function showAccount(c: UserRequestContext): Response {
  const { user, token } = c.var
  return c.json({
    user: { id: user.id, email: user.email, created_at: instantText(user.createdAt) },
    token: token === undefined || token === null ? null : tokenJson(token),
  })
}

function tokenJson({
  kind,
  name,
  scopes,
  expiresAt,
}: NonNullable<UserRequestContext['var']['token']>) {
  return {
    kind,
    name,
    scopes,
    expires_at: expiresAt === null ? null : instantText(expiresAt),
  }
}

function instantText(instant: number): string {
  return new Date(instant).toISOString()
}
