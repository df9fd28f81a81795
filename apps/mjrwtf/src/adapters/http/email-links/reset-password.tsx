import type { Hono } from 'hono'
import type { ResetPasswordResult } from '../../../application/passwords/reset-password.ts'
import { type FieldErrors, noErrors } from '../components/fields.tsx'
import { rejectedText } from '../components/texts.ts'
import { errorsByField } from '../forms/field-names.ts'
import { formSchema, formText, optionalFormText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectWithFlash } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { retryAfterHeader } from '../responses/problem.tsx'
import { respondSessionsNotEnded } from '../responses/sessions-not-ended.ts'
import {
  clearTokenCookie,
  differentLinkProblem,
  emailLinkGuards,
  type InvalidLink,
  isDifferentLink,
  linkField,
  linkFromRequest,
  linkIdOf,
  moveTokenToCookie,
  respondInvalidLink,
} from './email-link.tsx'
import { ResetPasswordPage } from './email-link-pages.tsx'

const resetForm = formSchema({ password: formText, [linkField]: optionalFormText })

/** Sets a new password with an emailed link. Does not sign the user in. */
export function addResetPasswordRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const guards = emailLinkGuards(context)
  app.get(
    '/reset',
    ...guards,
    (c) => moveTokenToCookie(c, 'reset') ?? showForm(context, c, emptyState),
  )
  app.post('/reset', ...guards, context.sessions.csrfGuard, (c) => resetPassword(context, c))
}

interface FormState {
  readonly status: 200 | 400 | 409 | 503
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
}

const emptyState: FormState = { status: 200, fieldErrors: noErrors, problem: null }

async function showForm(
  context: HttpContext,
  c: RequestContext,
  { status, ...state }: FormState,
): Promise<Response> {
  const link = await context.passwords.checkResetToken(linkFromRequest(c, 'reset'))
  if (link.status !== 'valid') return rejectLink(context, c, link)
  const frame = await frameOf(context, c, { hasForm: true })
  const { passwordMinLength } = context.options
  const { email } = link
  const linkId = linkIdOf(c, 'reset')
  return page(
    c,
    <ResetPasswordPage {...{ frame, email, linkId, passwordMinLength, ...state }} />,
    status,
  )
}

function rejectLink(context: HttpContext, c: RequestContext, link: InvalidLink): Promise<Response> {
  if (link.status === 'invalid-token') clearTokenCookie(c, 'reset')
  return respondInvalidLink(context, c, link)
}

async function resetPassword(context: HttpContext, c: RequestContext): Promise<Response> {
  const form = await readForm(context, c, resetForm)
  if (form instanceof Response) return form
  const { password, link } = form
  if (isDifferentLink(c, 'reset', link)) return showForm(context, c, differentLinkState)
  return respond(
    context,
    c,
    await context.passwords.reset({ ...linkFromRequest(c, 'reset'), password }),
  )
}

async function respond(
  context: HttpContext,
  c: RequestContext,
  result: ResetPasswordResult,
): Promise<Response> {
  if (result.status === 'reset' || result.status === 'reset-only') {
    return respondReset(context, c, result)
  }
  if (result.status === 'invalid') {
    return showForm(context, c, {
      ...emptyState,
      status: 400,
      fieldErrors: errorsByField(result.fields),
    })
  }
  if (result.status !== 'busy') return rejectLink(context, c, result)
  c.header(...retryAfterHeader(result.retryAfterSeconds))
  return showForm(context, c, { ...emptyState, status: 503, problem: rejectedText(result) })
}

const differentLinkState: FormState = { ...emptyState, status: 409, problem: differentLinkProblem }

type CompletedReset = Extract<ResetPasswordResult, { status: 'reset' | 'reset-only' }>

async function respondReset(
  context: HttpContext,
  c: RequestContext,
  result: CompletedReset,
): Promise<Response> {
  const { userId } = result
  logSecurityEvent(context, c, { event: 'password-reset', userId })
  clearTokenCookie(c, 'reset')
  if (result.status === 'reset-only') {
    return respondSessionsNotEnded(context, c, { error: result.error, message: resetOnlyMessage })
  }
  const { exchange } = c.var
  // The session in this browser has ended too. Clear its cookie, so that the flash goes to an anonymous session.
  if (c.var.session?.userId === userId) await exchange.signOut()
  const message = 'Password changed. Sign in with the new one.'
  return redirectWithFlash(context, c, { message, to: '/login' })
}

const resetOnlyMessage =
  'Password changed. Your devices must sign in again with the new password, but we could not finish signing them out. ' +
  'If sign-in is delayed, try again in a few minutes.'
