import type { Hono } from 'hono'
import { type FieldErrors, noErrors } from '../components/fields.tsx'
import { retryText } from '../components/texts.ts'
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

/** Requests an email with a reset link. The response does not reveal whether the account exists. */
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
  // No email would be sent.
  if (context.options.mail === 'off') return renderForm(context, c, { ...emptyState, status: 503 })
  const result = await context.passwords.requestReset({ email, ...c.var.exchange.client })
  if (result.status === 'requested') return redirectWithConfirmation(context, c, result.email)
  if (result.status === 'invalid') {
    const fieldErrors = errorsByField(result.fields)
    return renderForm(context, c, { ...emptyState, status: 400, email, fieldErrors })
  }
  logSecurityEvent(context, c, { event: 'email-rejected', reason: result.status })
  c.header(...retryAfterHeader(result.retryAfterSeconds))
  return renderForm(context, c, {
    ...emptyState,
    status: 429,
    email,
    problem: `${tooManyMessage} ${retryText(result.retryAfterSeconds)}`,
  })
}

/** The same for every email, with or without an account. */
async function redirectWithConfirmation(
  context: HttpContext,
  c: RequestContext,
  email: string,
): Promise<Response> {
  const message =
    `If ${email} has an account, we have sent a reset link. ` +
    'It is valid for one hour. Check your spam folder too.'
  return redirectWithFlash(context, c, { message, to: '/forgot' })
}

const tooManyMessage =
  'Too many emails were requested for this email address or from your network. ' +
  'The link in the last one may still be valid.'
