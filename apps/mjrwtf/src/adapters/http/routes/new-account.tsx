import type { Hono } from 'hono'
import type { SetUpFirstAccountResult } from '../../../application/set-up-first-account.ts'
import type { SignUpResult } from '../../../application/sign-up.ts'
import type { User } from '../../../domain/user.ts'
import { redirectAfterCredentials } from '../credential-redirect.ts'
import { problemsByField } from '../field-names.ts'
import { formSchema, formText, readForm } from '../forms.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { SetUpPage, SignUpPage } from '../pages/account-pages.tsx'
import { noProblems, type Problems } from '../pages/fields.tsx'
import { answerProblem, comeBackLater, type Problem } from '../problem.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import { signInHere } from '../sign-in-here.ts'
import type { AppContext, AppEnv, Site } from '../site.ts'

const setUpForm = formSchema({ code: formText, email: formText, password: formText })
const signUpForm = formSchema({ invite: formText, email: formText, password: formText })

/** The two ways to an account. Their links carry a code, so the pages have the headers of token pages. */
export function addNewAccountRoutes(app: Hono<AppEnv>, site: Site): void {
  const { csrfGuard, securityHeaders } = site.sessions
  const tokenPage = securityHeaders('token-page')
  app.get('/setup', tokenPage, (c) => showSetUp(site, c))
  app.post('/setup', tokenPage, csrfGuard, (c) => setUp(site, c))
  app.get('/signup', tokenPage, (c) => showSignUp(site, c))
  app.post('/signup', tokenPage, csrfGuard, (c) => signUp(site, c))
}

/** What a refused attempt is answered with. */
interface Refused {
  readonly status: 400 | 429 | 503
  readonly problems: Problems
  readonly problem: string | null
}

const untouched = { status: 200, problems: noProblems, problem: null } as const

async function showSetUp(site: Site, c: AppContext): Promise<Response> {
  if (!(await site.useCases.needsSetUp())) return answerProblem(site, c, setUpDone)
  return setUpPage(site, c, { code: c.req.query('code') ?? '', email: '', outcome: untouched })
}

async function setUp(site: Site, c: AppContext): Promise<Response> {
  const form = await readForm(site, c, setUpForm)
  if (form instanceof Response) return form
  const { code, email, password } = form
  const { ipAddress } = c.var.exchange.client
  const result = await site.useCases.setUpFirstAccount({ code, email, password, ipAddress })
  if (result.status === 'gone') return answerProblem(site, c, setUpDone)
  if (result.status === 'created') return welcome(site, c, result.user)
  if (result.status !== 'invalid') {
    tellSecurityEvent(site, c, { event: 'set-up-refused', reason: result.status })
  }
  return setUpPage(site, c, { code, email, outcome: refusalOf(c, result) })
}

const setUpDone: Problem = {
  status: 404,
  code: 'not_found',
  message:
    'The first account has been made, and a setup link works once. Sign in with that account.',
  way: { path: '/login', label: 'Sign in' },
}

async function showSignUp(site: Site, c: AppContext): Promise<Response> {
  const invite = c.req.query('invite') ?? null
  if (!(await site.useCases.maySignUp(invite))) return answerProblem(site, c, signUpClosed(site))
  return signUpPage(site, c, { invite, email: '', outcome: untouched })
}

async function signUp(site: Site, c: AppContext): Promise<Response> {
  const form = await readForm(site, c, signUpForm)
  if (form instanceof Response) return form
  const { email, password } = form
  const invite = form.invite === '' ? null : form.invite
  const { ipAddress } = c.var.exchange.client
  const result = await site.useCases.signUp({ email, password, invite, ipAddress })
  if (result.status === 'created') return welcome(site, c, result.user)
  if (result.status !== 'invalid') {
    tellSecurityEvent(site, c, { event: 'sign-up-refused', reason: result.status })
  }
  if (result.status === 'closed') return answerProblem(site, c, signUpClosed(site))
  return signUpPage(site, c, { invite, email, outcome: refusalOf(c, result) })
}

function signUpClosed(site: Site): Problem {
  const message =
    site.options.signUp === 'invite'
      ? 'Accounts here are made by invitation, and this is not an invite that still works.'
      : 'Nobody can make a new account here at the moment.'
  return { status: 404, code: 'sign_up_closed', message }
}

async function welcome(site: Site, c: AppContext, user: User): Promise<Response> {
  tellSecurityEvent(site, c, { event: 'account-created', userId: user.id })
  const ready = 'Welcome to mjr.wtf. Your account is ready.'
  const message = site.options.mail === 'off' ? ready : `${ready} ${toConfirm(user)}`
  await signInHere(site, c, { user, flash: { kind: 'success', message } })
  return redirectAfterCredentials(site, c, '/dashboard')
}

function toConfirm({ email }: User): string {
  return `We have sent an email to ${email}: use the link in it to confirm that the address is yours.`
}

type RefusedResult = Exclude<
  SetUpFirstAccountResult | SignUpResult,
  { status: 'created' | 'gone' | 'closed' }
>

function refusalOf(c: AppContext, result: RefusedResult): Refused {
  if (result.status === 'invalid') {
    return { status: 400, problems: problemsByField(result.fields), problem: null }
  }
  if (result.status === 'wrong-code') {
    return { status: 400, problems: { code: wrongCode }, problem: null }
  }
  c.header(...comeBackLater(result.retryAfterSeconds))
  const status = result.status === 'throttled' ? 429 : 503
  return {
    status,
    problems: noProblems,
    problem: 'Too much at once. Please try again in a moment.',
  }
}

const wrongCode =
  'This is not a setup code that still works. Start the server again to get a new link.'

interface SetUpState {
  readonly code: string
  readonly email: string
  readonly outcome: Refused | typeof untouched
}

async function setUpPage(site: Site, c: AppContext, { code, email, outcome }: SetUpState) {
  const frame = await frameOf(site, c, { form: true })
  const { passwordMinLength } = site.options
  const { problems, problem, status } = outcome
  return page(
    c,
    <SetUpPage {...{ frame, code, email, problems, problem, passwordMinLength }} />,
    status,
  )
}

interface SignUpState {
  readonly invite: string | null
  readonly email: string
  readonly outcome: Refused | typeof untouched
}

async function signUpPage(site: Site, c: AppContext, { invite, email, outcome }: SignUpState) {
  const frame = await frameOf(site, c, { form: true })
  const { passwordMinLength } = site.options
  const { problems, problem, status } = outcome
  return page(
    c,
    <SignUpPage {...{ frame, invite, email, problems, problem, passwordMinLength }} />,
    status,
  )
}
