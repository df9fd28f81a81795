import type { Flash } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { z } from 'zod'
import type { AuthenticateResult } from '../../../application/sign-in/authenticate.ts'
import { noErrors } from '../components/fields.tsx'
import { rejectedText } from '../components/texts.ts'
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
  const expiredReason = c.req.query('error') === 'session_expired' ? signedOutMessage : null
  const next = context.web.nextPath(c.req.query('next'))
  const draftReason = isDraftPath(next) ? signedOutMessage : null
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

const signedOutMessage = 'You have been signed out.'

/** Separates the reason why a session ended from the other flashes. The form shows it. */
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
  // The password or the account changed after the check: the credentials were valid and no longer are.
  if (outcome.status === 'refused')
    return renderRejected(context, c, { form, result: staleCredentials })
  return redirectAfterCredentials(context, c, context.web.nextPath(form.next) ?? '/dashboard')
}

/** Without `userId`: the library has reported the event for the user. */
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
  const { status, problem } = rejectionState(result)
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

/** The same message for an unknown email, a wrong password and a refused session. */
function rejectionState(result: RejectedSignIn['result']) {
  if (result.status === 'wrong')
    return { status: 401, problem: 'Wrong email or password.' } as const
  const problem = rejectedText(result)
  return { status: result.status === 'throttled' ? 429 : 503, problem } as const
}

async function signOut(context: HttpContext, c: RequestContext): Promise<Response> {
  await c.var.exchange.signOut()
  return redirectAfterCredentials(context, c, '/')
}
