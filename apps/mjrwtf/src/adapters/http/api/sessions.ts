import type { Hono } from 'hono'
import type { SessionView } from '../../../application/sessions/own-sessions.ts'
import type { AppEnv, AppMiddleware, HttpContext, UserRequestContext } from '../http-context.ts'
import { respondWithProblem } from '../responses/problem.tsx'
import { listOwnSessions, noSuchSession } from '../sessions/own-sessions.ts'
import { apiGuards, respondUnauthenticated } from './api-guards.ts'

/** The sessions of the user, for requests with a session cookie. */
export function addSessionListRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const guards = [...apiGuards(context), requireOwnSession(context)] as const
  const { requireRecentAuthentication } = context.sessions
  app.get('/api/sessions', ...guards, (c) => list(context, c))
  app.delete('/api/sessions/:id', ...guards, requireRecentAuthentication, (c) => end(context, c))
}

/** Rejects bearer tokens, which have no session: they must not list or end sessions (SP 800-63B-4 section 5.1.2). */
function requireOwnSession(context: HttpContext): AppMiddleware {
  return async (c, next) => {
    return (c.var.session ?? null) === null ? respondUnauthenticated(context, c) : next()
  }
}

async function list(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const sessions = await listOwnSessions(context, c)
  return c.json({ sessions: sessions.map(sessionJson) })
}

async function end(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const sessionId = c.req.param('id') ?? ''
  if (sessionId === c.var.session?.id) {
    await c.var.exchange.signOut()
    return c.body(null, 204)
  }
  const outcome = await context.ownSessions.end({ userId: c.var.user.id, sessionId })
  return outcome === 'ended' ? c.body(null, 204) : respondWithProblem(context, c, noSuchSession)
}

function sessionJson(session: SessionView): object {
  return {
    id: session.id,
    current: session.isCurrent,
    created_at: instantText(session.createdAt),
    last_activity_at: instantText(session.lastActivityAt),
    expires_at: instantText(session.expiresAt),
    ip_address: session.ipAddress,
    user_agent: session.userAgent,
  }
}

function instantText(instant: number): string {
  return new Date(instant).toISOString()
}
