import type { Hono } from 'hono'
import type { OwnSessions, SessionView } from '../../../application/sessions/own-sessions.ts'
import type { AppEnv, AppMiddleware, UserRequestContext } from '../http-context.ts'
import { requireConfirmation } from '../middleware/guards.ts'
import { type ProblemContext, respondWithProblem } from '../responses/problem.tsx'
import { listOwnSessions, noSuchSession } from '../sessions/sessions.tsx'
import { type ApiContext, apiGuards, respondUnauthenticated } from './api-guards.ts'

export interface SessionsApiContext extends ApiContext {
  readonly ownSessions: Pick<OwnSessions, 'list' | 'end'>
}

/** The sessions of the user, for requests with a session cookie. */
export function addSessionsApiRoutes(app: Hono<AppEnv>, context: SessionsApiContext): void {
  app.get('/api/session', ...apiGuards(context), (c) => showSession(context, c))
  const guards = [...apiGuards(context), requireOwnSession(context)] as const
  app.get('/api/sessions', ...guards, (c) => list(context, c))
  app.delete('/api/sessions/:id', ...guards, requireConfirmation(context), (c) => end(context, c))
}

/** 401 with a bearer token, which has no session. */
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

/** Rejects bearer tokens, which have no session: they must not list or end sessions (SP 800-63B-4 section 5.1.2). */
function requireOwnSession(context: ProblemContext): AppMiddleware {
  return async (c, next) => {
    return (c.var.session ?? null) === null ? respondUnauthenticated(context, c) : next()
  }
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
