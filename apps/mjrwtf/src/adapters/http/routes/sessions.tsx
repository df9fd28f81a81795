import type { Hono } from 'hono'
import { redirectAfterCredentials, redirectWhenDone } from '../credential-redirect.ts'
import { formSchema, readForm } from '../forms.ts'
import { recentUserGuards, userGuards } from '../guards.ts'
import { noSuchSession, ownSessions } from '../own-sessions.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { SessionsPage } from '../pages/sessions-page.tsx'
import { answerProblem } from '../problem.tsx'
import type { AppEnv, Site, UserContext } from '../site.ts'

const path = '/settings/sessions'
const emptyForm = formSchema({})

/** Where somebody sees on which devices they are signed in, and signs them out. */
export function addSessionSettingsRoutes(app: Hono<AppEnv>, site: Site): void {
  const acting = [...recentUserGuards(site), site.sessions.csrfGuard] as const
  app.get(path, ...userGuards(site), (c) => showSessions(site, c))
  app.post(`${path}/:id/revoke`, ...acting, (c) => endOne(site, c))
  app.post(`${path}/revoke-others`, ...acting, (c) => endOthers(site, c))
  app.post(`${path}/revoke-all`, ...acting, (c) => endAll(site, c))
}

async function showSessions(site: Site, c: UserContext): Promise<Response> {
  const sessions = await ownSessions(site, c)
  const frame = await frameOf(site, c)
  return page(c, <SessionsPage {...{ frame, sessions, now: site.clock.now() }} />)
}

async function endOne(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, emptyForm)
  if (form instanceof Response) return form
  const sessionId = c.req.param('id') ?? ''
  if (sessionId === c.var.session?.id) return signOutHere(site, c)
  const outcome = await site.useCases.endSession({ userId: c.var.user.id, sessionId })
  if (outcome === 'not-found') return answerProblem(site, c, noSuchSession)
  return backToList(site, c, 'That session has ended. Its device is signed out.')
}

async function endOthers(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, emptyForm)
  if (form instanceof Response) return form
  const keep = c.var.session?.id ?? null
  const count = await site.useCases.endSessions({ userId: c.var.user.id, keep })
  return backToList(site, c, othersEnded(count))
}

async function endAll(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, emptyForm)
  if (form instanceof Response) return form
  await site.useCases.endSessions({ userId: c.var.user.id, keep: null })
  return signOutHere(site, c)
}

/** The cookie goes as well, and what the browser kept; the session is over in the store by then, or now. */
async function signOutHere(site: Site, c: UserContext): Promise<Response> {
  await c.var.exchange.signOut()
  return redirectAfterCredentials(site, c, '/')
}

function backToList(site: Site, c: UserContext, message: string): Promise<Response> {
  return redirectWhenDone(site, c, { message, to: path })
}

function othersEnded(count: number): string {
  if (count === 0) return 'There was no other session to end.'
  return count === 1 ? 'The other session has ended.' : `${count} other sessions have ended.`
}
