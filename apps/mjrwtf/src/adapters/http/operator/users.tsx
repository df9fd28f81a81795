import type { Hono } from 'hono'
import type { Administration } from '../../../application/operator/administration.ts'
import type { Operator } from '../../../application/operator/operator.ts'
import type { UserSummary } from '../../../application/operator/user-summary.ts'
import { addConfirmedAction, type Confirmation } from '../forms/confirmed-action.tsx'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { parseEntryCursor } from '../responses/cursor.ts'
import { readEntries } from '../responses/entries.ts'
import { frameOf, page } from '../responses/page.ts'
import { pagingOrDefault } from '../responses/paging.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { type RedirectContext, redirectWithFlash } from '../responses/redirects.ts'
import { userPath } from './user-page.tsx'
import { UsersPage } from './users-page.tsx'

export interface UsersContext extends PageContext, ReadContext {
  readonly operator: Pick<
    Operator,
    'listUsers' | 'findUser' | 'endUserSessions' | 'endAllUsersSessions'
  >
  readonly administration: Pick<Administration, 'searchUsers'>
}

const path = '/settings/users'

/** The operator lists users and signs them out. For other users these pages return 404. */
export function addUserRoutes(app: Hono<AppEnv>, context: UsersContext): void {
  const routes = operatorRoutes(app, context)
  routes.get(
    path,
    limitPage(context, (c) => showUsers(context, c)),
  )
  addConfirmedAction(routes, context, {
    path: `${path}/:id/revoke`,
    confirm: (c) => confirmSignOut(context, c),
    run: (c) => signOutUser(context, c),
  })
  addConfirmedAction(routes, context, {
    path: `${path}/revoke-all`,
    confirm: () => signOutAllConfirmation,
    run: (c) => signOutAllUsers(context, c),
  })
}

async function showUsers(context: UsersContext, c: UserRequestContext): Promise<Response> {
  const { limit } = pagingOrDefault(c.req.query())
  const query = (c.req.query('q') ?? '').trim()
  const list = await (query === '' ? listUsers(context, c, limit) : findUsers(context, c, query))
  const frame = await frameOf(context, c)
  const now = context.clock.now()
  const ownId = c.var.user.id
  return page(c, <UsersPage {...{ frame, list, limit, now, ownId, query }} />)
}

const placeOf = ({ createdAt: at, id }: UserSummary) => ({ at, id })

function listUsers(context: UsersContext, c: UserRequestContext, limit: number) {
  const cursor = parseEntryCursor(c.req.query('cursor') ?? '')
  return readEntries(cursor, placeOf, async (start) => {
    const { users, hasMore } = await context.operator.listUsers({ limit, start })
    return { entries: users, hasMore }
  })
}

function findUsers(context: UsersContext, c: UserRequestContext, query: string) {
  return readEntries(null, placeOf, async () => {
    const entries = await context.administration.searchUsers(c.var.user, query)
    return { entries, hasMore: false }
  })
}

async function confirmSignOut(
  context: UsersContext,
  c: UserRequestContext,
): Promise<Confirmation | Response> {
  const user = await context.operator.findUser(c.req.param('id') ?? '')
  if (user === null) return respondWithProblem(context, c, userNotFound)
  return {
    title: 'Sign out a user',
    effect: `All devices of ${user.email} are signed out. It is recorded in the user's security log.`,
    button: 'Sign out',
    section: path,
  }
}

const signOutAllConfirmation: Confirmation = {
  title: 'Sign out all users',
  effect:
    "All users are signed out, and your other devices. It is recorded in each user's security log.",
  button: 'Sign out all users',
  section: path,
}

async function signOutUser(context: UsersContext, c: UserRequestContext): Promise<Response> {
  const result = await context.operator.endUserSessions(operatorSession(c), c.req.param('id') ?? '')
  if (result.status === 'not-found') return respondWithProblem(context, c, userNotFound)
  const { user, count } = result
  logForOperator(context, c, { subject: user.id, count })
  logForUser(context, c, user.id)
  const message = `${user.email} is signed out everywhere. ${sessionsText(count)}`
  return redirectWithFlash(context, c, { message, to: userPath(user) })
}

async function signOutAllUsers(context: UsersContext, c: UserRequestContext): Promise<Response> {
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
  context: UsersContext,
  c: UserRequestContext,
  operation: { readonly subject: string; readonly count: number },
): void {
  const { subject: detail, count } = operation
  const userId = c.var.user.id
  logSecurityEvent(context, c, { event: 'operator-ended-sessions', userId, detail, count })
}

/** Without the operator's IP address and browser, which the user must not see. */
function logForUser(context: UsersContext, c: UserRequestContext, userId: string): void {
  const operatorId = c.var.user.id
  if (userId === operatorId) return
  context.securityLog.record({ userId, kind: 'ended-by-operator', detail: operatorId })
}

function redirectToList(
  context: RedirectContext,
  c: UserRequestContext,
  message: string,
): Promise<Response> {
  return redirectWithFlash(context, c, { message, to: path })
}

function sessionsText(count: number): string {
  if (count === 0) return 'There were no sessions to end.'
  return count === 1 ? '1 session ended.' : `${count} sessions ended.`
}

/** The response to an id that no account has. */
export const userNotFound: Problem = {
  status: 404,
  code: 'not_found',
  message: 'This user does not exist. The account may have been deleted.',
}
