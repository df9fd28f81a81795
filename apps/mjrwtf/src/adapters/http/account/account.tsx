import type { Hono } from 'hono'
import { type FieldErrors, noErrors } from '../components/fields.tsx'
import { discardDraft, draftableForm, loadDraft, recentDraftFormGuards } from '../forms/drafts.ts'
import { errorsByField } from '../forms/field-names.ts'
import { formSchema, formText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { recentUserGuards, userGuards } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectWithFlash } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'
import { AccountPage, ChangeEmailPage } from './account-page.tsx'

const path = '/settings/account'
const emptyForm = formSchema({})
const emailForm = draftableForm({ email: formText }, ['email'])

/** Where somebody sees and changes what their account is known by. */
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
  // Keeps things as they are, so it is not made harder by asking for the password.
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
  message: 'This server sends no email, so a new address could not be confirmed.',
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
    `We have sent an email to ${result.newEmail}. Until the link in it is used, nothing changes.`,
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
    problem: tooManyEmails.message,
  })
}

const tooManyEmails = {
  status: 429,
  code: 'throttled',
  title: 'Too many emails',
  message: 'Too many emails were asked for. Please wait a while and try again.',
  nextStep: accountLink,
} as const

async function resendVerification(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, emptyForm)
  if (form instanceof Response) return form
  if (context.options.mail === 'off') return respondWithProblem(context, c, emailDisabled)
  const { user, exchange } = c.var
  const result = await context.email.requestVerification(user, exchange.client)
  if (result.status === 'throttled') {
    logSecurityEvent(context, c, { event: 'email-rejected', reason: 'throttled' })
    const headers = [retryAfterHeader(result.retryAfterSeconds)]
    return respondWithProblem(context, c, { ...tooManyEmails, headers })
  }
  const isDone = result.status === 'already-verified'
  const sent = `We have sent an email to ${user.email}. The link in it works for a day.`
  return redirectToAccount(context, c, isDone ? 'Your address is confirmed already.' : sent)
}

async function cancelEmailChange(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, emptyForm)
  if (form instanceof Response) return form
  const { user } = c.var
  const isCanceled = await context.email.cancelChange(user.id)
  if (!isCanceled)
    return redirectToAccount(context, c, 'There was no change of address to call off.')
  logSecurityEvent(context, c, { event: 'email-change-canceled', userId: user.id })
  return redirectToAccount(context, c, 'The change is called off. You keep the address you have.')
}

function redirectToAccount(
  context: HttpContext,
  c: UserRequestContext,
  message: string,
): Promise<Response> {
  return redirectWithFlash(context, c, { message, to: path })
}
