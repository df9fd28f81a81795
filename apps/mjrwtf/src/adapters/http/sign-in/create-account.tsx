import { pageHeaders } from 'coatcheck/hono'
import type { Hono } from 'hono'
import type { Accounts } from '../../../application/accounts/accounts.ts'
import type { Identities } from '../../../application/identities/identities.ts'
import type { User } from '../../../domain/user.ts'
import { addFormPage, type FormContext, rejectFields, rejectForNow } from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, GuardedRoutes, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, tokenPageHeaders } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import { type EstablishSessionContext, establishSession } from './establish-session.ts'
import { SetUpPage, SignUpPage } from './sign-in-pages.tsx'

export interface CreateAccountContext extends FormContext, EstablishSessionContext {
  readonly accounts: FormContext['accounts'] &
    Pick<Accounts, 'needsSetUp' | 'setUp' | 'maySignUp' | 'signUp'>
  readonly identities: EstablishSessionContext['identities'] & Pick<Identities, 'listProviders'>
}

/** Routes that create an account. Their links contain a code, so the pages use the headers of token pages. */
export function addCreateAccountRoutes(app: Hono<AppEnv>, context: CreateAccountContext): void {
  const { csrfGuard } = context.sessions
  const setHeaders = pageHeaders(context.webSecurity, tokenPageHeaders)
  const routes: GuardedRoutes<RequestContext> = {
    get: (path, handler) => void app.get(path, setHeaders, (c) => handler(c)),
    post: (path, handler) => void app.post(path, setHeaders, csrfGuard, (c) => handler(c)),
  }
  addSetUpForm(routes, context)
  addSignUpForm(routes, context)
}

function addSetUpForm(routes: GuardedRoutes<RequestContext>, context: CreateAccountContext): void {
  const { accounts, options } = context
  addFormPage(routes, context, {
    path: '/setup',
    form: defineForm({ code: formText, email: formText, password: formText }),
    async initialValues(c) {
      if (!(await accounts.needsSetUp())) return respondWithProblem(context, c, setUpDone)
      return { code: c.req.query('code') ?? '' }
    },
    async render(c, { values, ...state }) {
      const frame = await frameOf(context, c, { hasForm: true })
      const { code, email } = values
      const { passwordMinLength } = options
      return <SetUpPage {...{ frame, code, email, passwordMinLength }} {...state} />
    },
    async submit(c, { code, email, password }) {
      const { ipAddress } = c.var.exchange.client
      const result = await accounts.setUp({ code, email, password, ipAddress })
      if (result.status === 'already-set-up') return respondWithProblem(context, c, setUpDone)
      if (result.status === 'created') return redirectWelcome(context, c, result.user)
      if (result.status === 'invalid') return rejectFields(result.fields)
      logSecurityEvent(context, c, { event: 'set-up-failed', reason: result.status })
      if (result.status !== 'wrong-code') return rejectForNow(result)
      return { status: 'rejected', httpStatus: 400, fieldErrors: { code: wrongCodeMessage } }
    },
  })
}

const wrongCodeMessage =
  'This setup link is invalid or has expired. Restart the server to get a new one.'

const setUpDone: Problem = {
  status: 404,
  code: 'not_found',
  title: 'Already set up',
  message: 'This server is already set up. Sign in with the administrator account.',
  nextStep: { path: '/login', label: 'Sign in' },
}

function addSignUpForm(routes: GuardedRoutes<RequestContext>, context: CreateAccountContext): void {
  const { accounts, options } = context
  addFormPage(routes, context, {
    path: '/signup',
    form: defineForm({ invite: formText, email: formText, password: formText }),
    async initialValues(c) {
      const invite = c.req.query('invite') ?? null
      if (await accounts.maySignUp(invite)) return { invite: invite ?? '' }
      return respondWithProblem(context, c, signUpClosed(context))
    },
    async render(c, { values, ...state }) {
      const frame = await frameOf(context, c, { hasForm: true })
      const { passwordMinLength } = options
      const { email } = values
      const invite = inviteOf(values)
      const providers = context.identities.listProviders()
      return <SignUpPage {...{ frame, invite, email, passwordMinLength, providers }} {...state} />
    },
    async submit(c, input) {
      const { email, password } = input
      const { ipAddress } = c.var.exchange.client
      const request = { email, password, invite: inviteOf(input), ipAddress }
      const result = await accounts.signUp(request)
      if (result.status === 'created') return redirectWelcome(context, c, result.user)
      if (result.status === 'invalid') return rejectFields(result.fields)
      logSecurityEvent(context, c, { event: 'sign-up-failed', reason: result.status })
      if (result.status !== 'closed') return rejectForNow(result)
      return respondWithProblem(context, c, signUpClosed(context))
    },
  })
}

function inviteOf({ invite }: { readonly invite: string }): string | null {
  return invite === '' ? null : invite
}

function signUpClosed(context: CreateAccountContext): Problem {
  const message =
    context.options.signUp === 'invite'
      ? 'This invitation is no longer valid. Ask for a new one.'
      : 'Sign-up is closed on this site.'
  return { status: 404, code: 'sign_up_closed', title: 'Sign-up not available', message }
}

async function redirectWelcome(
  context: CreateAccountContext,
  c: RequestContext,
  user: User,
): Promise<Response> {
  logSecurityEvent(context, c, { event: 'account-created', userId: user.id })
  const readyMessage = `Welcome to ${context.options.site.name}. Your account is ready.`
  const message =
    context.options.mail === 'off' ? readyMessage : `${readyMessage} ${verifyHint(user)}`
  const signIn = { methods: ['pwd'], flash: { kind: 'success', message } } as const
  await establishSession(context, c, { user, signIn })
  return redirectAfterCredentials(context, c, '/dashboard')
}

function verifyHint({ email }: User): string {
  return `We sent a confirmation link to ${email}.`
}
