import type { Hono } from 'hono'
import { type FieldErrors, noErrors } from '../components/fields.tsx'
import { retryText } from '../components/texts.ts'
import { discardDraft, draftableForm, loadDraft, recentDraftFormGuards } from '../forms/drafts.ts'
import { errorsByField } from '../forms/field-names.ts'
import { formSchema, formText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { recentUserGuards, userGuards } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectWithFlash } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { type Problem, respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'
import { AccountPage, ChangeEmailPage } from './account-page.tsx'

const path = '/settings/account'
const emptyForm = formSchema({})
const emailForm = draftableForm({ email: formText }, ['email'])

/** Routes of the account page and of the email change. */
export function addAccountRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const guards = userGuards(context)
  const recentGuards = recentUserGuards(context)
  const { csrfGuard } = context.sessions
  app.get(path, ...guards, (c) => showAccount(context, c))
  app.get('/settings/email', ...recentGuards, (c) => showEmailForm(context, c))
  app.post('/settings/email', ...recentDraftFormGuards(context, emailForm), (c) =>
    requestEmailChange(context, c),
  )
  app.post('/settings/email/verification', ...guards, csrfGuard, (c) =>
    resendVerification(context, c),
  )
  // No step-up: canceling keeps the account as it is.
  app.post('/settings/email/cancel', ...guards, csrfGuard, (c) => cancelEmailChange(context, c))
}

async function showAccount(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const { id, email } = c.var.user
  const emailStatus = await context.email.getStatus(id)
  const frame = await frameOf(context, c)
  const isEmailEnabled = context.options.mail !== 'off'
  return page(c, <AccountPage {...{ frame, email, isEmailEnabled, ...emailStatus }} />)
}

interface FormState {
  readonly status: 200 | 400 | 429
  readonly email: string
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
  readonly draft: string
  readonly isRestored: boolean
}

const emptyState: FormState = {
  status: 200,
  email: '',
  fieldErrors: noErrors,
  problem: null,
  draft: '',
  isRestored: false,
}

async function showEmailForm(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const restored = await loadDraft(context, c)
  if (restored === null) return renderEmailForm(context, c, emptyState)
  const { draft, fields } = restored
  return renderEmailForm(context, c, {
    ...emptyState,
    email: fields.email ?? '',
    draft,
    isRestored: true,
  })
}

async function renderEmailForm(
  context: HttpContext,
  c: UserRequestContext,
  { status, ...state }: FormState,
) {
  if (context.options.mail === 'off') return respondWithProblem(context, c, emailDisabled)
  const frame = await frameOf(context, c)
  return page(
    c,
    <ChangeEmailPage {...{ frame, currentEmail: c.var.user.email, ...state }} />,
    status,
  )
}

const accountLink = { path, label: 'Back to your account' } as const

const emailDisabled = {
  status: 503,
  code: 'no_mail',
  message: 'Changing your email is not available on this site. Contact the administrator.',
  nextStep: accountLink,
} as const

async function requestEmailChange(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, emailForm.schema)
  if (form instanceof Response) return form
  if (context.options.mail === 'off') return respondWithProblem(context, c, emailDisabled)
  const { user } = c.var
  const { email, draft } = form
  const { ipAddress } = c.var.exchange.client
  const result = await context.email.requestChange({ user, email, ipAddress })
  if (result.status === 'invalid') {
    const fieldErrors = errorsByField(result.fields)
    return renderEmailForm(context, c, { ...emptyState, status: 400, email, fieldErrors, draft })
  }
  if (result.status === 'throttled')
    return respondThrottled(context, c, { email, draft, ...result })
  await discardDraft(context, c, draft)
  logSecurityEvent(context, c, { event: 'email-change-requested', userId: user.id })
  return redirectToAccount(
    context,
    c,
    `We sent a confirmation link to ${result.newEmail}. Nothing changes until you click it.`,
  )
}

interface ThrottledRequest {
  readonly email: string
  readonly draft: string
  readonly retryAfterSeconds: number
}

function respondThrottled(
  context: HttpContext,
  c: UserRequestContext,
  { retryAfterSeconds, ...input }: ThrottledRequest,
) {
  logSecurityEvent(context, c, { event: 'email-rejected', reason: 'throttled' })
  c.header(...retryAfterHeader(retryAfterSeconds))
  return renderEmailForm(context, c, {
    ...emptyState,
    ...input,
    status: 429,
    problem: tooManyEmails(retryAfterSeconds).message,
  })
}

function tooManyEmails(retryAfterSeconds: number): Problem {
  return {
    status: 429,
    code: 'throttled',
    title: 'Too many emails',
    message: `You have requested too many emails. ${retryText(retryAfterSeconds)}`,
    nextStep: accountLink,
    headers: [retryAfterHeader(retryAfterSeconds)],
  }
}

async function resendVerification(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, emptyForm)
  if (form instanceof Response) return form
  if (context.options.mail === 'off') return respondWithProblem(context, c, emailDisabled)
  const { user, exchange } = c.var
  const result = await context.email.requestVerification(user, exchange.client)
  if (result.status === 'throttled') {
    logSecurityEvent(context, c, { event: 'email-rejected', reason: 'throttled' })
    return respondWithProblem(context, c, tooManyEmails(result.retryAfterSeconds))
  }
  const isDone = result.status === 'already-verified'
  const sent = `We sent a confirmation link to ${user.email}. It is valid for one day.`
  return redirectToAccount(context, c, isDone ? 'Your email is already verified.' : sent)
}

async function cancelEmailChange(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, emptyForm)
  if (form instanceof Response) return form
  const { user } = c.var
  const isCanceled = await context.email.cancelChange(user.id)
  if (!isCanceled) return redirectToAccount(context, c, 'There was no email change to cancel.')
  logSecurityEvent(context, c, { event: 'email-change-canceled', userId: user.id })
  return redirectToAccount(context, c, 'Email change canceled.')
}

function redirectToAccount(
  context: HttpContext,
  c: UserRequestContext,
  message: string,
): Promise<Response> {
  return redirectWithFlash(context, c, { message, to: path })
}
