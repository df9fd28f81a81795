import type { Hono } from 'hono'
import type { OwnSession } from '../../../application/list-sessions.ts'
import { noSuchSession, ownSessions } from '../own-sessions.ts'
import { answerProblem } from '../problem.tsx'
import type { AppEnv, AppMiddleware, Site, UserContext } from '../site.ts'
import { answerUnauthenticated, apiGuards } from './api-guards.ts'

/** The sessions of whoever asks by one of them. */
export function addSessionListRoutes(app: Hono<AppEnv>, site: Site): void {
  const guards = [...apiGuards(site), requireOwnSession(site)] as const
  const { requireRecentAuthentication } = site.sessions
  app.get('/api/sessions', ...guards, (c) => list(site, c))
  app.delete('/api/sessions/:id', ...guards, requireRecentAuthentication, (c) => end(site, c))
}

/** A bearer token has no session and is nobody who was there: it may not see or end any (SP 800-63B-4 section 5.1.2). */
function requireOwnSession(site: Site): AppMiddleware {
  return async (c, next) => {
    return (c.var.session ?? null) === null ? answerUnauthenticated(site, c) : next()
  }
}

async function list(site: Site, c: UserContext): Promise<Response> {
  const sessions = await ownSessions(site, c)
  return c.json({ sessions: sessions.map(sessionJson) })
}

async function end(site: Site, c: UserContext): Promise<Response> {
  const sessionId = c.req.param('id') ?? ''
  if (sessionId === c.var.session?.id) {
    await c.var.exchange.signOut()
    return c.body(null, 204)
  }
  const outcome = await site.useCases.endSession({ userId: c.var.user.id, sessionId })
  return outcome === 'ended' ? c.body(null, 204) : answerProblem(site, c, noSuchSession)
}

function sessionJson(session: OwnSession): object {
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
