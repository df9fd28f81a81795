import type { Hono } from 'hono'
import type { ChangePasswordResult } from '../../../application/passwords/change-password.ts'
import { stillTrusted } from '../../../domain/trusted-device.ts'
import { type FieldErrors, noErrors } from '../components/fields.tsx'
import { rejectedText } from '../components/texts.ts'
import { errorsByField } from '../forms/field-names.ts'
import { formSchema, formText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { recentUserGuards } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectWithFlash } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { type Problem, respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'
import { respondSessionsNotEnded } from '../responses/sessions-not-ended.ts'
import { readDeviceCookie, setDeviceCookie } from '../sign-in/device-cookie.ts'
import { ChangePasswordPage } from './change-password-page.tsx'

const passwordForm = formSchema({ current_password: formText, new_password: formText })

/** Changes the password of a user who knows the current one. */
export function addChangePasswordRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const guards = recentUserGuards(context)
  app.get('/settings/password', ...guards, (c) => renderForm(context, c, emptyState))
  app.post('/settings/password', ...guards, context.sessions.csrfGuard, (c) =>
    changePassword(context, c),
  )
}

interface FormState {
  readonly status: 200 | 400 | 403 | 429 | 503
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
}

const emptyState: FormState = { status: 200, fieldErrors: noErrors, problem: null }

async function renderForm(
  context: HttpContext,
  c: UserRequestContext,
  { status, ...state }: FormState,
) {
  const frame = await frameOf(context, c)
  const { email } = c.var.user
  const { passwordMinLength } = context.options
  return page(c, <ChangePasswordPage {...{ frame, email, passwordMinLength, ...state }} />, status)
}

async function changePassword(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, passwordForm)
  if (form instanceof Response) return form
  const { user, exchange, session } = c.var
  const result = await context.passwords.change({
    user,
    currentPassword: form.current_password,
    newPassword: form.new_password,
    ipAddress: exchange.client.ipAddress,
    devices: readDeviceCookie(c),
    sessionId: session?.id ?? '',
    renewSession: async () => (await exchange.rotate()).status === 'rotated',
  })
  return respond(context, c, result)
}

async function respond(
  context: HttpContext,
  c: UserRequestContext,
  result: ChangePasswordResult,
): Promise<Response> {
  const userId = c.var.user.id
  if (result.status === 'changed' || result.status === 'changed-only') {
    logSecurityEvent(context, c, { event: 'password-changed', userId })
    updateDeviceCookie(context, c)
    return result.status === 'changed'
      ? respondChanged(context, c)
      : respondSessionsNotEnded(context, c, { error: result.error, message: changedOnlyMessage })
  }
  if (result.status === 'invalid') {
    return renderForm(context, c, {
      ...emptyState,
      status: 400,
      fieldErrors: errorsByField(result.fields),
    })
  }
  logSecurityEvent(context, c, { event: 'password-change-failed', reason: result.status, userId })
  if (result.status === 'conflict') return respondWithProblem(context, c, passwordConflict)
  if (result.status === 'wrong') return renderForm(context, c, wrongPasswordState)
  c.header(...retryAfterHeader(result.retryAfterSeconds))
  return renderForm(context, c, {
    ...emptyState,
    status: result.status === 'throttled' ? 429 : 503,
    problem: rejectedText(result),
  })
}

/** The device cookies of other devices belong to the old password. */
function updateDeviceCookie(context: HttpContext, c: UserRequestContext): void {
  const devices = stillTrusted(readDeviceCookie(c), c.var.user, context.clock.now())
  if (devices !== null) setDeviceCookie(c, devices)
}

function respondChanged(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const message = 'Password changed. You have been signed out on all other devices.'
  return redirectWithFlash(context, c, { message, to: '/settings/password' })
}

const changedOnlyMessage =
  'Password changed. Your other devices must sign in again with the new password, but we could not finish signing ' +
  'them out. Check your sessions in a few minutes.'

const wrongPasswordState: FormState = {
  ...emptyState,
  status: 403,
  fieldErrors: { current_password: 'Wrong password.' },
}

const passwordConflict: Problem = {
  status: 409,
  code: 'conflict',
  title: 'Password not changed',
  message:
    'Your password was just changed elsewhere. Nothing was changed here. ' +
    'If it was not you, change your password again.',
}
