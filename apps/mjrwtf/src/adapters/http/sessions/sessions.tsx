import type { Hono } from 'hono'
import { formSchema, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { recentUserGuards, userGuards } from '../middleware/guards.ts'
import { redirectAfterCredentials, redirectWithFlash } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { respondWithProblem } from '../responses/problem.tsx'
import { listOwnSessions, noSuchSession } from './own-sessions.ts'
import { SessionsPage } from './sessions-page.tsx'

const path = '/settings/sessions'
const emptyForm = formSchema({})

/** Routes that list and end the user's sessions. */
export function addSessionSettingsRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const actionGuards = [...recentUserGuards(context), context.sessions.csrfGuard] as const
  app.get(path, ...userGuards(context), (c) => showSessions(context, c))
  app.post(`${path}/:id/revoke`, ...actionGuards, (c) => endOne(context, c))
  app.post(`${path}/revoke-others`, ...actionGuards, (c) => endOthers(context, c))
  app.post(`${path}/revoke-all`, ...actionGuards, (c) => endAll(context, c))
}

async function showSessions(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const sessions = await listOwnSessions(context, c)
  const frame = await frameOf(context, c)
  return page(c, <SessionsPage {...{ frame, sessions, now: context.clock.now() }} />)
}

async function endOne(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, emptyForm)
  if (form instanceof Response) return form
  const sessionId = c.req.param('id') ?? ''
  if (sessionId === c.var.session?.id) return signOutCurrent(context, c)
  const outcome = await context.ownSessions.end({ userId: c.var.user.id, sessionId })
  if (outcome === 'not-found') return respondWithProblem(context, c, noSuchSession)
  return redirectToList(context, c, 'Device signed out.')
}

async function endOthers(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, emptyForm)
  if (form instanceof Response) return form
  const currentId = c.var.session?.id ?? null
  const count = await context.ownSessions.endAll({ userId: c.var.user.id, except: currentId })
  return redirectToList(context, c, othersEndedMessage(count))
}

async function endAll(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, emptyForm)
  if (form instanceof Response) return form
  await context.ownSessions.endAll({ userId: c.var.user.id, except: null })
  return signOutCurrent(context, c)
}

/** Ends the session in the store, if it has not ended yet, and clears the cookie and the browser's data. */
async function signOutCurrent(context: HttpContext, c: UserRequestContext): Promise<Response> {
  await c.var.exchange.signOut()
  return redirectAfterCredentials(context, c, '/')
}

function redirectToList(
  context: HttpContext,
  c: UserRequestContext,
  message: string,
): Promise<Response> {
  return redirectWithFlash(context, c, { message, to: path })
}

function othersEndedMessage(count: number): string {
  if (count === 0) return 'You are not signed in anywhere else.'
  return count === 1 ? 'Signed out of 1 other device.' : `Signed out of ${count} other devices.`
}
