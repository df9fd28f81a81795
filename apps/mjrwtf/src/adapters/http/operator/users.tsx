import type { Hono } from 'hono'
import { formSchema, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { requireOperator, userGuards } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectWithFlash } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { pagingOrDefault } from '../responses/paging.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { UsersPage } from './users-page.tsx'

const path = '/settings/users'
const emptyForm = formSchema({})

/** The operator lists users and signs them out. For other users these pages return 404. */
export function addUserRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const { requireRecentAuthentication, csrfGuard } = context.sessions
  const guards = [...userGuards(context), requireOperator] as const
  // The role is checked first, so that other users get a 404 and not a step-up.
  const actionGuards = [...guards, requireRecentAuthentication, csrfGuard] as const
  app.get(path, ...guards, (c) => showUsers(context, c))
  app.post(`${path}/:id/revoke`, ...actionGuards, (c) => signOutUser(context, c))
  app.post(`${path}/revoke-all`, ...actionGuards, (c) => signOutAllUsers(context, c))
}

async function showUsers(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const { limit, offset } = pagingOrDefault(c.req.query())
  const { users, total } = await context.operator.listUsers({ limit, offset })
  const frame = await frameOf(context, c)
  const now = context.clock.now()
  const ownId = c.var.user.id
  return page(c, <UsersPage {...{ frame, users, total, limit, offset, now, ownId }} />)
}

async function signOutUser(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, emptyForm)
  if (form instanceof Response) return form
  const result = await context.operator.endUserSessions(operatorSession(c), c.req.param('id') ?? '')
  if (result.status === 'not-found') return respondWithProblem(context, c, userNotFound)
  const { user, count } = result
  logForOperator(context, c, { subject: user.id, count })
  logForUser(context, c, user.id)
  return redirectToList(
    context,
    c,
    `${user.email} is signed out everywhere. ${sessionsText(count)}`,
  )
}

async function signOutAllUsers(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, emptyForm)
  if (form instanceof Response) return form
  const ended = await context.operator.endAllUsersSessions(operatorSession(c))
  const count = ended.reduce((sum, user) => sum + user.count, 0)
  logForOperator(context, c, { subject: 'all-users', count })
  for (const { userId } of ended) logForUser(context, c, userId)
  return redirectToList(
    context,
    c,
    `All users are signed out, and your other devices. ${sessionsText(count)}`,
  )
}

function operatorSession(c: UserRequestContext) {
  return { operator: c.var.user, sessionId: c.var.session?.id ?? null }
}

function logForOperator(
  context: HttpContext,
  c: UserRequestContext,
  operation: { readonly subject: string; readonly count: number },
): void {
  const { subject: detail, count } = operation
  const userId = c.var.user.id
  logSecurityEvent(context, c, { event: 'operator-ended-sessions', userId, detail, count })
}

/** Without the operator's IP address and browser, which the user must not see. */
function logForUser(context: HttpContext, c: UserRequestContext, userId: string): void {
  const operatorId = c.var.user.id
  if (userId === operatorId) return
  context.securityLog.record({ userId, kind: 'ended-by-operator', detail: operatorId })
}

function redirectToList(
  context: HttpContext,
  c: UserRequestContext,
  message: string,
): Promise<Response> {
  return redirectWithFlash(context, c, { message, to: path })
}

function sessionsText(count: number): string {
  if (count === 0) return 'There were no sessions to end.'
  return count === 1 ? '1 session ended.' : `${count} sessions ended.`
}

const userNotFound: Problem = {
  status: 404,
  code: 'not_found',
  message: 'This user does not exist. The account may have been deleted.',
}
