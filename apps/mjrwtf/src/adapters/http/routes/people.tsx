import type { Hono } from 'hono'
import { redirectWhenDone } from '../credential-redirect.ts'
import { formSchema, readForm } from '../forms.ts'
import { requireOperator, userGuards } from '../guards.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { PeoplePage } from '../pages/people-page.tsx'
import { pagingForPeople } from '../paging.ts'
import { answerProblem, type Problem } from '../problem.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import type { AppEnv, Site, UserContext } from '../site.ts'

const path = '/settings/people'
const emptyForm = formSchema({})

/** Where the operator sees who has an account, and signs people out. To everybody else it is not there. */
export function addPeopleRoutes(app: Hono<AppEnv>, site: Site): void {
  const { requireRecentAuthentication, csrfGuard } = site.sessions
  const guards = [...userGuards(site), requireOperator] as const
  // Whoever is not the operator is not even asked to confirm.
  const acting = [...guards, requireRecentAuthentication, csrfGuard] as const
  app.get(path, ...guards, (c) => showPeople(site, c))
  app.post(`${path}/:id/revoke`, ...acting, (c) => signOutOne(site, c))
  app.post(`${path}/revoke-all`, ...acting, (c) => signOutEverybody(site, c))
}

async function showPeople(site: Site, c: UserContext): Promise<Response> {
  const { limit, offset } = pagingForPeople(c.req.query())
  const { people, total } = await site.useCases.listPeople({ limit, offset })
  const frame = await frameOf(site, c)
  const now = site.clock.now()
  const own = c.var.user.id
  return page(c, <PeoplePage {...{ frame, people, total, limit, offset, now, own }} />)
}

async function signOutOne(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, emptyForm)
  if (form instanceof Response) return form
  const result = await site.useCases.endSessionsOf(actingOperator(c), c.req.param('id') ?? '')
  if (result.status === 'not-found') return answerProblem(site, c, noSuchPerson)
  const { of, count } = result
  tellOperator(site, c, { subject: of.id, count })
  tellSubject(site, c, of.id)
  return backToList(site, c, `${of.email} is signed out everywhere. ${sessionsText(count)}`)
}

async function signOutEverybody(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, emptyForm)
  if (form instanceof Response) return form
  const ended = await site.useCases.endEverybodysSessions(actingOperator(c))
  const count = ended.reduce((sum, person) => sum + person.count, 0)
  tellOperator(site, c, { subject: 'everybody', count })
  for (const { userId } of ended) tellSubject(site, c, userId)
  return backToList(site, c, `Everybody but you here is signed out. ${sessionsText(count)}`)
}

function actingOperator(c: UserContext) {
  return { operator: c.var.user, sessionId: c.var.session?.id ?? null }
}

function tellOperator(
  site: Site,
  c: UserContext,
  act: { readonly subject: string; readonly count: number },
): void {
  const { subject: detail, count } = act
  const userId = c.var.user.id
  tellSecurityEvent(site, c, { event: 'sessions-ended-by-operator', userId, detail, count })
}

/** Not with where the operator was: that is theirs. */
function tellSubject(site: Site, c: UserContext, userId: string): void {
  const actor = c.var.user.id
  if (userId === actor) return
  site.recordSecurityEvent({ userId, kind: 'ended-by-administrator', detail: actor })
}

function backToList(site: Site, c: UserContext, message: string): Promise<Response> {
  return redirectWhenDone(site, c, { message, to: path })
}

function sessionsText(count: number): string {
  if (count === 0) return 'There was no session to end.'
  return count === 1 ? 'One session has ended.' : `${count} sessions have ended.`
}

const noSuchPerson: Problem = {
  status: 404,
  code: 'not_found',
  message: 'There is no such account. It may have been deleted.',
}
