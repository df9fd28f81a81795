import type { Flash } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { z } from 'zod'
import type { CheckCredentialsResult } from '../../../application/check-credentials.ts'
import { redirectAfterCredentials } from '../credential-redirect.ts'
import { readDevices } from '../device-cookie.ts'
import { leadsToDraft } from '../draft-path.ts'
import { formSchema, formText, optionalFormText, readForm } from '../forms.ts'
import { endedFlash, findViewer } from '../guards.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { LoginPage } from '../pages/account-pages.tsx'
import { noProblems } from '../pages/fields.tsx'
import { comeBackLater } from '../problem.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import { signInHere } from '../sign-in-here.ts'
import type { AppContext, AppEnv, Site } from '../site.ts'

const loginForm = formSchema({
  email: formText,
  password: formText,
  remember_me: optionalFormText,
  next: optionalFormText,
})

type LoginForm = z.output<typeof loginForm>

export function addSignInRoutes(app: Hono<AppEnv>, site: Site): void {
  const { csrfGuard, optionalSession, requireSession } = site.sessions
  app.get('/login', optionalSession, findViewer(site), (c) => showLogin(site, c))
  app.post('/login', csrfGuard, (c) => signIn(site, c))
  app.post('/logout', requireSession, csrfGuard, (c) => signOut(site, c))
}

async function showLogin(site: Site, c: AppContext): Promise<Response> {
  const frame = await frameOf(site, c, { form: true })
  const [flashes, explained] = partition(frame.flashes)
  const expired = c.req.query('error') === 'session_expired' ? 'Your session has ended.' : null
  const next = site.web.nextPath(c.req.query('next'))
  const gone = leadsToDraft(next) ? 'You are not signed in any more.' : null
  const reason = explained?.message ?? expired ?? gone
  return page(
    c,
    <LoginPage
      frame={{ ...frame, flashes }}
      email=""
      next={next}
      remember={false}
      problems={noProblems}
      problem={null}
      notice={reason === null ? null : `${reason} Please sign in again.`}
    />,
  )
}

/** Takes the explanation of an ended session out of the flashes: the form says it. */
function partition(flashes: readonly Flash[]): readonly [readonly Flash[], Flash | undefined] {
  return [
    flashes.filter((flash) => flash.kind !== endedFlash),
    flashes.find((flash) => flash.kind === endedFlash),
  ]
}

async function signIn(site: Site, c: AppContext): Promise<Response> {
  const form = await readForm(site, c, loginForm)
  if (form instanceof Response) return form
  const result = await site.useCases.checkCredentials({
    email: form.email,
    password: form.password,
    ipAddress: c.var.exchange.client.ipAddress,
    devices: readDevices(c),
  })
  if (result.status !== 'authenticated') return refuse(site, c, { form, result })

  const { user, credentialsCheckedAt } = result
  const remember = form.remember_me === 'on'
  const outcome = await signInHere(site, c, {
    user,
    remember,
    credentialsCheckedAt,
    flash: { kind: 'success', message: `Welcome back, ${user.email}.`.slice(0, 500) },
  })
  // Signed in behind a password change, or the end of the account: right a moment ago, and not now.
  if (outcome.status === 'refused') return refuse(site, c, { form, result: outdated })
  return redirectAfterCredentials(site, c, site.web.nextPath(form.next) ?? '/dashboard')
}

/** The library has told of it, and of whom. */
const outdated = { status: 'wrong', userId: null } as const

interface RefusedSignIn {
  readonly form: LoginForm
  readonly result: Exclude<CheckCredentialsResult, { status: 'authenticated' }>
}

async function refuse(site: Site, c: AppContext, { form, result }: RefusedSignIn) {
  if (result.status !== 'wrong') c.header(...comeBackLater(result.retryAfterSeconds))
  const userId = result.status === 'wrong' ? result.userId : null
  tellSecurityEvent(site, c, { event: 'sign-in-refused', reason: result.status, userId })
  const { status, problem } = refusals[result.status]
  return page(
    c,
    <LoginPage
      frame={await frameOf(site, c, { form: true })}
      email={form.email}
      next={site.web.nextPath(form.next)}
      remember={form.remember_me === 'on'}
      problems={noProblems}
      problem={problem}
      notice={null}
    />,
    status,
  )
}

/** One text for an unknown address, a wrong password and a refused session: none tells which it was. */
const refusals = {
  wrong: { status: 401, problem: 'Email and password do not match an account here.' },
  throttled: { status: 429, problem: 'Too many attempts. Please wait a little and try again.' },
  busy: {
    status: 503,
    problem: 'Many people are signing in right now. Please try again in a moment.',
  },
} as const

async function signOut(site: Site, c: AppContext): Promise<Response> {
  await c.var.exchange.signOut()
  return redirectAfterCredentials(site, c, '/')
}
