import type { Hono } from 'hono'
import type { OwnSessions, SessionView } from '../../../application/sessions/own-sessions.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { requireConfirmation } from '../middleware/guards.ts'
import { type ProblemContext, respondWithProblem } from '../responses/problem.tsx'
import { listOwnSessions, noSuchSession } from '../sessions/sessions.tsx'
import { type ApiContext, apiGuards } from './api-guards.ts'
import { respondUnauthenticated } from './challenges.ts'

export interface SessionsApiContext extends ApiContext {
  readonly ownSessions: Pick<OwnSessions, 'list' | 'end'>
}

/** The sessions of the user: no token may list or end them (SP 800-63B-4 section 5.1.2). */
export function addSessionsApiRoutes(app: Hono<AppEnv>, context: SessionsApiContext): void {
  const guards = apiGuards(context, 'session')
  app.get('/api/session', ...guards, (c) => showSession(context, c))
  app.get('/api/sessions', ...guards, (c) => list(context, c))
  const recentGuards = [
    ...apiGuards(context, 'recent-session'),
    requireConfirmation(context),
  ] as const
  app.delete('/api/sessions/:id', ...recentGuards, (c) => end(context, c))
}

async function showSession(context: ProblemContext, c: UserRequestContext): Promise<Response> {
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
      ...authenticationJson(session),
    },
    csrf_token: await c.var.exchange.csrfToken(),
  })
}

async function list(context: SessionsApiContext, c: UserRequestContext): Promise<Response> {
  const sessions = await listOwnSessions(context, c)
  return c.json({ sessions: sessions.map(sessionJson) })
}

async function end(context: SessionsApiContext, c: UserRequestContext): Promise<Response> {
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
    ...authenticationJson(session),
    ip_address: session.ipAddress,
    user_agent: session.userAgent,
  }
}

/** How the session was authenticated. */
function authenticationJson({
  assuranceLevel,
  methods,
}: Pick<SessionView, 'assuranceLevel' | 'methods'>): object {
  return {
    assurance_level: assuranceLevel,
    methods: methods.map(({ method, at }) => ({ method, at: instantText(at) })),
  }
}

function instantText(instant: number): string {
  return new Date(instant).toISOString()
}
