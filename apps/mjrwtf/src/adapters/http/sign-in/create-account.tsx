import { pageHeaders } from 'coatcheck/hono'
import type { Hono } from 'hono'
import type { SetUpResult } from '../../../application/accounts/first-account.ts'
import type { SignUpResult } from '../../../application/accounts/sign-up.ts'
import type { User } from '../../../domain/user.ts'
import { type FieldErrors, noErrors } from '../components/fields.tsx'
import { rejectedText } from '../components/texts.ts'
import { errorsByField } from '../forms/field-names.ts'
import { formSchema, formText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectAfterCredentials } from '../responses/credential-redirect.ts'
import { tokenPageHeaders } from '../responses/header-overrides.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { type Problem, respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'
import { establishSession } from './establish-session.ts'
import { SetUpPage, SignUpPage } from './sign-in-pages.tsx'

const setUpForm = formSchema({ code: formText, email: formText, password: formText })
const signUpForm = formSchema({ invite: formText, email: formText, password: formText })

/** Routes that create an account. Their links contain a code, so the pages use the headers of token pages. */
export function addCreateAccountRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const { csrfGuard } = context.sessions
  const setHeaders = pageHeaders(context.webSecurity, tokenPageHeaders)
  app.get('/setup', setHeaders, (c) => showSetUp(context, c))
  app.post('/setup', setHeaders, csrfGuard, (c) => setUp(context, c))
  app.get('/signup', setHeaders, (c) => showSignUp(context, c))
  app.post('/signup', setHeaders, csrfGuard, (c) => signUp(context, c))
}

/** The response to a rejected attempt. */
interface RejectedState {
  readonly status: 400 | 429 | 503
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
}

const emptyState = { status: 200, fieldErrors: noErrors, problem: null } as const

async function showSetUp(context: HttpContext, c: RequestContext): Promise<Response> {
  if (!(await context.accounts.needsSetUp())) return respondWithProblem(context, c, setUpDone)
  return renderSetUpForm(context, c, {
    code: c.req.query('code') ?? '',
    email: '',
    state: emptyState,
  })
}

async function setUp(context: HttpContext, c: RequestContext): Promise<Response> {
  const form = await readForm(context, c, setUpForm)
  if (form instanceof Response) return form
  const { code, email, password } = form
  const { ipAddress } = c.var.exchange.client
  const result = await context.accounts.setUp({ code, email, password, ipAddress })
  if (result.status === 'already-set-up') return respondWithProblem(context, c, setUpDone)
  if (result.status === 'created') return redirectWelcome(context, c, result.user)
  if (result.status !== 'invalid') {
    logSecurityEvent(context, c, { event: 'set-up-failed', reason: result.status })
  }
  return renderSetUpForm(context, c, { code, email, state: toRejectedState(c, result) })
}

const setUpDone: Problem = {
  status: 404,
  code: 'not_found',
  title: 'Already set up',
  message: 'This server is already set up. Sign in with the administrator account.',
  nextStep: { path: '/login', label: 'Sign in' },
}

async function showSignUp(context: HttpContext, c: RequestContext): Promise<Response> {
  const invite = c.req.query('invite') ?? null
  if (!(await context.accounts.maySignUp(invite)))
    return respondWithProblem(context, c, signUpClosed(context))
  return renderSignUpForm(context, c, { invite, email: '', state: emptyState })
}

async function signUp(context: HttpContext, c: RequestContext): Promise<Response> {
  const form = await readForm(context, c, signUpForm)
  if (form instanceof Response) return form
  const { email, password } = form
  const invite = form.invite === '' ? null : form.invite
  const { ipAddress } = c.var.exchange.client
  const result = await context.accounts.signUp({ email, password, invite, ipAddress })
  if (result.status === 'created') return redirectWelcome(context, c, result.user)
  if (result.status !== 'invalid') {
    logSecurityEvent(context, c, { event: 'sign-up-failed', reason: result.status })
  }
  if (result.status === 'closed') return respondWithProblem(context, c, signUpClosed(context))
  return renderSignUpForm(context, c, { invite, email, state: toRejectedState(c, result) })
}

function signUpClosed(context: HttpContext): Problem {
  const message =
    context.options.signUp === 'invite'
      ? 'This invitation is no longer valid. Ask for a new one.'
      : 'Sign-up is closed on this site.'
  return { status: 404, code: 'sign_up_closed', title: 'Sign-up not available', message }
}

async function redirectWelcome(
  context: HttpContext,
  c: RequestContext,
  user: User,
): Promise<Response> {
  logSecurityEvent(context, c, { event: 'account-created', userId: user.id })
  const readyMessage = 'Welcome to mjr.wtf. Your account is ready.'
  const message =
    context.options.mail === 'off' ? readyMessage : `${readyMessage} ${verifyHint(user)}`
  await establishSession(context, c, { user, flash: { kind: 'success', message } })
  return redirectAfterCredentials(context, c, '/dashboard')
}

function verifyHint({ email }: User): string {
  return `We sent a confirmation link to ${email}.`
}

type RejectedResult = Exclude<
  SetUpResult | SignUpResult,
  { status: 'created' | 'already-set-up' | 'closed' }
>

function toRejectedState(c: RequestContext, result: RejectedResult): RejectedState {
  if (result.status === 'invalid') {
    return { status: 400, fieldErrors: errorsByField(result.fields), problem: null }
  }
  if (result.status === 'wrong-code') {
    return { status: 400, fieldErrors: { code: wrongCodeMessage }, problem: null }
  }
  c.header(...retryAfterHeader(result.retryAfterSeconds))
  const status = result.status === 'throttled' ? 429 : 503
  return {
    status,
    fieldErrors: noErrors,
    problem: rejectedText(result),
  }
}

const wrongCodeMessage =
  'This setup link is invalid or has expired. Restart the server to get a new one.'

interface SetUpFormState {
  readonly code: string
  readonly email: string
  readonly state: RejectedState | typeof emptyState
}

async function renderSetUpForm(
  context: HttpContext,
  c: RequestContext,
  { code, email, state }: SetUpFormState,
) {
  const frame = await frameOf(context, c, { hasForm: true })
  const { passwordMinLength } = context.options
  const { fieldErrors, problem, status } = state
  return page(
    c,
    <SetUpPage {...{ frame, code, email, fieldErrors, problem, passwordMinLength }} />,
    status,
  )
}

interface SignUpFormState {
  readonly invite: string | null
  readonly email: string
  readonly state: RejectedState | typeof emptyState
}

async function renderSignUpForm(
  context: HttpContext,
  c: RequestContext,
  { invite, email, state }: SignUpFormState,
) {
  const frame = await frameOf(context, c, { hasForm: true })
  const { passwordMinLength } = context.options
  const { fieldErrors, problem, status } = state
  return page(
    c,
    <SignUpPage {...{ frame, invite, email, fieldErrors, problem, passwordMinLength }} />,
    status,
  )
}
