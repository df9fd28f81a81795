import type { Hono } from 'hono'
import type { ResetPasswordResult } from '../../../application/passwords/reset-password.ts'
import { type FieldErrors, noErrors } from '../components/fields.tsx'
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

/** Where the link in a letter lets somebody choose a new password. Nobody is signed in by it. */
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
  return showForm(context, c, { ...emptyState, status: 503, problem: busyMessage })
}

const differentLinkState: FormState = { ...emptyState, status: 409, problem: differentLinkProblem }

const busyMessage = 'Too much at once. Please try again in a moment.'

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
  // Theirs is over like the others: the cookie goes, and what is said is not said to a session that is no more.
  if (c.var.session?.userId === userId) await exchange.signOut()
  const message = 'Your password is changed. Sign in with the new one.'
  return redirectWithFlash(context, c, { message, to: '/login' })
}

const resetOnlyMessage =
  'Your password is changed: sign in with the new one from now on. Your devices can do nothing any more until ' +
  'they sign in again, but the database failed at the rest. If signing in is slowed down, please wait a little.'
