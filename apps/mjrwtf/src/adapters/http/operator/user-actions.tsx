import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import { z } from 'zod'
import type { Administration } from '../../../application/operator/administration.ts'
import type {
  DemoteUserResult,
  PromoteUserResult,
} from '../../../application/operator/operator-role.ts'
import { suspensionReasons } from '../../../domain/suspension.ts'
import { addAction } from '../forms/form-page.ts'
import { defineForm, readForm } from '../forms/forms.ts'
import { returnWithReason } from '../forms/interrupted.ts'
import type { AppEnv, PageContext, RequestContext, UserRequestContext } from '../http-context.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { UserPage, type UserPageProps, userPath } from './user-page.tsx'
import { userNotFound } from './users.tsx'

export interface UserActionsContext extends PageContext {
  readonly administration: Administration
}

const path = '/settings/users/:id'

type Action = (context: UserActionsContext, c: UserRequestContext) => Promise<Response>

const actions: Readonly<Record<string, Action>> = {
  restore: restoreUser,
  'reset-link': createResetLink,
  promote: (context, c) => promoteUser(context, c, false),
  'hand-over': (context, c) => promoteUser(context, c, true),
  demote: demoteUser,
}

/** The page of an account, on which administrators suspend it, restore it and change its role. */
export function addUserActionRoutes(app: Hono<AppEnv>, context: UserActionsContext): void {
  const routes = operatorRoutes(app, context)
  routes.get(path, (c) => showUser(context, c, null))
  routes.post(
    `${path}/suspend`,
    (c) => suspendUser(context, c),
    returnWithReason(context, parentOf),
  )
  for (const [name, run] of Object.entries(actions)) {
    addAction(routes, context, {
      path: `${path}/${name}`,
      run: (c) => run(context, c),
      reviewPath: parentOf,
    })
  }
}

/** Path of the page of the account. */
function parentOf(c: RequestContext): string {
  return c.req.path.replace(/\/[^/]+$/, '')
}

async function showUser(
  context: UserActionsContext,
  c: UserRequestContext,
  resetLink: UserPageProps['resetLink'],
): Promise<Response> {
  const user = await context.administration.findUser(c.var.user, idOf(c))
  if (user === null) return respondWithProblem(context, c, userNotFound)
  const options = resetLink === null ? {} : { reloadPath: userPath(user) }
  const frame = await frameOf(context, c, options)
  const isOwn = user.id === c.var.user.id
  const sendsEmail = context.options.mail === 'smtp'
  const now = context.clock.now()
  const reason = c.req.query('reason') ?? null
  return page(c, <UserPage {...{ frame, user, isOwn, now, sendsEmail, resetLink, reason }} />)
}

const suspensionForm = defineForm({ reason: z.enum(suspensionReasons, 'Choose a reason.') })

async function suspendUser(context: UserActionsContext, c: UserRequestContext): Promise<Response> {
  c.var.acceptForm?.()
  const form = await readForm(context, c, suspensionForm.schema)
  if (isResponse(form)) return form
  const result = await context.administration.suspendUser(c.var.user, idOf(c), form.reason)
  if (result.status === 'not-found') return respondWithProblem(context, c, userNotFound)
  if (result.status === 'operator') return respondWithProblem(context, c, isAdministrator)
  const { email } = result.user
  if (result.status === 'already-suspended') {
    return redirectToUser(context, c, `${email} is suspended already. Everything left has ended.`)
  }
  logUserChange(context, c, 'suspended')
  return redirectToUser(
    context,
    c,
    `${email} is suspended. Sessions that ended: ${result.endedSessions}.`,
  )
}

async function restoreUser(context: UserActionsContext, c: UserRequestContext): Promise<Response> {
  const result = await context.administration.restoreUser(c.var.user, idOf(c))
  if (result.status === 'not-found') return respondWithProblem(context, c, userNotFound)
  const { email } = result.user
  if (result.status === 'not-suspended') {
    return redirectToUser(context, c, `${email} is not suspended. Nothing was changed.`)
  }
  logUserChange(context, c, 'restored')
  return redirectToUser(context, c, `${email} is restored and can sign in again.`)
}

async function createResetLink(
  context: UserActionsContext,
  c: UserRequestContext,
): Promise<Response> {
  if (context.options.mail === 'smtp') return respondWithProblem(context, c, sendsEmailItself)
  const result = await context.administration.createResetLink(c.var.user, idOf(c))
  if (result.status === 'not-found') return respondWithProblem(context, c, userNotFound)
  if (result.status === 'operator') return respondWithProblem(context, c, isAdministrator)
  if (result.status === 'suspended') return respondWithProblem(context, c, isSuspended)
  logUserChange(context, c, 'reset-link')
  const { token, expiresAt } = result.link
  const url = `${context.options.baseUrl}/reset?token=${encodeURIComponent(token)}`
  return showUser(context, c, { url, expiresAt })
}

async function promoteUser(
  context: UserActionsContext,
  c: UserRequestContext,
  isHandOver: boolean,
): Promise<Response> {
  const result = await context.administration.promoteUser(c.var.user, idOf(c), isHandOver)
  if (result.status !== 'promoted') {
    return respondWithProblem(context, c, promotionProblems[result.status])
  }
  const { email } = result.user
  logUserChange(context, c, isHandOver ? 'handed-over' : 'promoted')
  if (!isHandOver) {
    return redirectToUser(context, c, `${email} is an administrator, and signs in again.`)
  }
  const message = `You handed over your role: ${email} is an administrator, and you are not anymore.`
  return redirectWithFlash(context, c, { message, to: '/dashboard' })
}

async function demoteUser(context: UserActionsContext, c: UserRequestContext): Promise<Response> {
  const result = await context.administration.demoteUser(c.var.user, idOf(c))
  if (result.status !== 'demoted') {
    return respondWithProblem(context, c, demotionProblems[result.status])
  }
  logUserChange(context, c, 'demoted')
  const { id, email } = result.user
  if (id !== c.var.user.id) {
    return redirectToUser(context, c, `${email} is a user like others now.`)
  }
  const message = 'You gave up your role: you are a user like others now.'
  return redirectWithFlash(context, c, { message, to: '/dashboard' })
}

function logUserChange(context: UserActionsContext, c: UserRequestContext, action: string): void {
  const detail = `${action} ${idOf(c)}`
  logSecurityEvent(context, c, { event: 'operator-changed-user', userId: c.var.user.id, detail })
}

function redirectToUser(context: UserActionsContext, c: UserRequestContext, message: string) {
  return redirectWithFlash(context, c, { message, to: userPath({ id: idOf(c) }) })
}

function idOf(c: UserRequestContext): string {
  return c.req.param('id') ?? ''
}

const conflict = { status: 409, code: 'conflict', title: 'Nothing was changed' } as const

const isAdministrator: Problem = {
  ...conflict,
  message: 'The user is an administrator. Withdraw the role first.',
}

const isSuspended: Problem = { ...conflict, message: 'The user is suspended. Restore them first.' }

const sendsEmailItself: Problem = {
  ...conflict,
  message: 'This server sends email, so the user can request a reset link on the sign-in page.',
}

const notAllowed: Problem = { ...conflict, message: 'You are not an administrator anymore.' }

const promotionProblems: Readonly<
  Record<Exclude<PromoteUserResult['status'], 'promoted'>, Problem>
> = {
  'not-found': userNotFound,
  'not-allowed': notAllowed,
  'already-operator': { ...conflict, message: 'The user is an administrator already.' },
  suspended: isSuspended,
  'no-strong-factor': {
    ...conflict,
    message:
      'Administrators need a passkey or an authenticator app, and the user has none. They add one in their settings first.',
  },
}

const demotionProblems: Readonly<Record<Exclude<DemoteUserResult['status'], 'demoted'>, Problem>> =
  {
    'not-found': userNotFound,
    'not-allowed': notAllowed,
    'not-operator': { ...conflict, message: 'The user is not an administrator.' },
    'last-operator': {
      ...conflict,
      message: 'There must be an administrator. Make another user one first.',
    },
  }
