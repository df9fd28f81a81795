import type { Flash } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { z } from 'zod'
import type { AuthenticateResult } from '../../../application/sign-in/authenticate.ts'
import { noErrors } from '../components/fields.tsx'
import { isDraftPath } from '../forms/draft-path.ts'
import { formSchema, formText, optionalFormText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, RequestContext } from '../http-context.ts'
import { findViewer, sessionEndedFlash } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectAfterCredentials } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { retryAfterHeader } from '../responses/problem.tsx'
import { readDeviceCookie } from './device-cookie.ts'
import { establishSession } from './establish-session.ts'
import { SignInPage } from './sign-in-pages.tsx'

const signInForm = formSchema({
  email: formText,
  password: formText,
  remember_me: optionalFormText,
  next: optionalFormText,
})

type SignInForm = z.output<typeof signInForm>

export function addSignInRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const { csrfGuard, optionalSession, requireSession } = context.sessions
  app.get('/login', optionalSession, findViewer(context), (c) => showSignIn(context, c))
  app.post('/login', csrfGuard, (c) => signIn(context, c))
  app.post('/logout', requireSession, csrfGuard, (c) => signOut(context, c))
}

async function showSignIn(context: HttpContext, c: RequestContext): Promise<Response> {
  const frame = await frameOf(context, c, { hasForm: true })
  const [flashes, endReason] = splitEndReason(frame.flashes)
  const expiredReason =
    c.req.query('error') === 'session_expired' ? 'Your session has ended.' : null
  const next = context.web.nextPath(c.req.query('next'))
  const draftReason = isDraftPath(next) ? 'You are not signed in any more.' : null
  const reason = endReason?.message ?? expiredReason ?? draftReason
  return page(
    c,
    <SignInPage
      frame={{ ...frame, flashes }}
      email=""
      next={next}
      remember={false}
      fieldErrors={noErrors}
      problem={null}
      reason={reason === null ? null : `${reason} Please sign in again.`}
    />,
  )
}

/** Takes the explanation of an ended session out of the flashes: the form says it. */
function splitEndReason(flashes: readonly Flash[]): readonly [readonly Flash[], Flash | undefined] {
  return [
    flashes.filter((flash) => flash.kind !== sessionEndedFlash),
    flashes.find((flash) => flash.kind === sessionEndedFlash),
  ]
}

async function signIn(context: HttpContext, c: RequestContext): Promise<Response> {
  const form = await readForm(context, c, signInForm)
  if (form instanceof Response) return form
  const result = await context.signIn.authenticate({
    email: form.email,
    password: form.password,
    ipAddress: c.var.exchange.client.ipAddress,
    devices: readDeviceCookie(c),
  })
  if (result.status !== 'authenticated') return renderRejected(context, c, { form, result })

  const { user, credentialsCheckedAt } = result
  const remember = form.remember_me === 'on'
  const outcome = await establishSession(context, c, {
    user,
    remember,
    credentialsCheckedAt,
    flash: { kind: 'success', message: `Welcome back, ${user.email}.`.slice(0, 500) },
  })
  // Signed in behind a password change, or the end of the account: right a moment ago, and not now.
  if (outcome.status === 'refused')
    return renderRejected(context, c, { form, result: staleCredentials })
  return redirectAfterCredentials(context, c, context.web.nextPath(form.next) ?? '/dashboard')
}

/** The library has told of it, and of whom. */
const staleCredentials = { status: 'wrong', userId: null } as const

interface RejectedSignIn {
  readonly form: SignInForm
  readonly result: Exclude<AuthenticateResult, { status: 'authenticated' }>
}

async function renderRejected(
  context: HttpContext,
  c: RequestContext,
  { form, result }: RejectedSignIn,
) {
  if (result.status !== 'wrong') c.header(...retryAfterHeader(result.retryAfterSeconds))
  const userId = result.status === 'wrong' ? result.userId : null
  logSecurityEvent(context, c, { event: 'sign-in-failed', reason: result.status, userId })
  const { status, problem } = rejectionTable[result.status]
  return page(
    c,
    <SignInPage
      frame={await frameOf(context, c, { hasForm: true })}
      email={form.email}
      next={context.web.nextPath(form.next)}
      remember={form.remember_me === 'on'}
      fieldErrors={noErrors}
      problem={problem}
      reason={null}
    />,
    status,
  )
}

/** One text for an unknown address, a wrong password and a refused session: none tells which it was. */
const rejectionTable = {
  wrong: { status: 401, problem: 'Email and password do not match an account here.' },
  throttled: { status: 429, problem: 'Too many attempts. Please wait a little and try again.' },
  busy: {
    status: 503,
    problem: 'Many people are signing in right now. Please try again in a moment.',
  },
} as const

async function signOut(context: HttpContext, c: RequestContext): Promise<Response> {
  await c.var.exchange.signOut()
  return redirectAfterCredentials(context, c, '/')
}
