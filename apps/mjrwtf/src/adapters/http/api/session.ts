import type { Hono } from 'hono'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { apiGuards, respondUnauthenticated } from './api-guards.ts'

export function addSessionRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  app.get('/api/session', ...apiGuards(context), (c) => showSession(context, c))
}

/** 401 with a bearer token, which has no session. */
async function showSession(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const session = c.var.session ?? null
  if (session === null) return respondUnauthenticated(context, c)
  const { id, email } = c.var.user
  return c.json({
    user: { id, email },
    session: {
      id: session.id,
      created_at: instantText(session.createdAt),
      expires_at: instantText(session.expiresAt),
      last_activity_at: instantText(session.lastActivityAt),
      authenticated_at: instantText(session.authenticatedAt),
    },
    csrf_token: await c.var.exchange.csrfToken(),
  })
}

function instantText(instant: number): string {
  return new Date(instant).toISOString()
}
