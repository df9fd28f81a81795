import type { Hono } from 'hono'
import { type FieldErrors, noErrors } from '../components/fields.tsx'
import { errorsByField } from '../forms/field-names.ts'
import { formSchema, formText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, RequestContext } from '../http-context.ts'
import { findViewer } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectWithFlash } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { retryAfterHeader } from '../responses/problem.tsx'
import { ForgotPasswordPage } from './email-link-pages.tsx'

const forgotForm = formSchema({ email: formText })

/** Where somebody who forgot their password asks for a letter, without learning whether there is an account. */
export function addForgotPasswordRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const { csrfGuard, optionalSession } = context.sessions
  const guards = [optionalSession, findViewer(context)] as const
  app.get('/forgot', ...guards, (c) =>
    renderForm(context, c, { ...emptyState, email: c.var.viewer?.email ?? '' }),
  )
  app.post('/forgot', ...guards, csrfGuard, (c) => requestReset(context, c))
}

interface FormState {
  readonly status: 200 | 400 | 429 | 503
  readonly email: string
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
}

const emptyState: FormState = { status: 200, email: '', fieldErrors: noErrors, problem: null }

async function renderForm(
  context: HttpContext,
  c: RequestContext,
  { status, ...state }: FormState,
): Promise<Response> {
  const frame = await frameOf(context, c, { hasForm: true })
  const isEmailEnabled = context.options.mail !== 'off'
  return page(c, <ForgotPasswordPage {...{ frame, isEmailEnabled, ...state }} />, status)
}

async function requestReset(context: HttpContext, c: RequestContext): Promise<Response> {
  const form = await readForm(context, c, forgotForm)
  if (form instanceof Response) return form
  const { email } = form
  // Nothing that is asked for now would ever arrive.
  if (context.options.mail === 'off') return renderForm(context, c, { ...emptyState, status: 503 })
  const result = await context.passwords.requestReset({ email, ...c.var.exchange.client })
  if (result.status === 'requested') return redirectWithConfirmation(context, c, result.email)
  if (result.status === 'invalid') {
    const fieldErrors = errorsByField(result.fields)
    return renderForm(context, c, { ...emptyState, status: 400, email, fieldErrors })
  }
  logSecurityEvent(context, c, { event: 'email-rejected', reason: result.status })
  c.header(...retryAfterHeader(result.retryAfterSeconds))
  return renderForm(context, c, { ...emptyState, status: 429, email, problem: tooManyMessage })
}

/** The same for every address, known or not. */
async function redirectWithConfirmation(
  context: HttpContext,
  c: RequestContext,
  email: string,
): Promise<Response> {
  const message =
    `If there is an account for ${email}, an email is on its way. ` +
    'The link in it works for an hour. Nothing came? Look in the spam folder too.'
  return redirectWithFlash(context, c, { message, to: '/forgot' })
}

const tooManyMessage =
  'Too many emails were asked for from here, or to this address. The link in the last one may still work. ' +
  'If not, please wait a while and try again.'
