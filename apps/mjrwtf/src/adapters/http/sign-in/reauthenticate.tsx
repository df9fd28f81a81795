import type { Hono } from 'hono'
import type { z } from 'zod'
import type { AuthenticateResult } from '../../../application/sign-in/authenticate.ts'
import { rejectedText } from '../components/texts.ts'
import { formSchema, formText, optionalFormText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { userGuards } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectAfterCredentials } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { retryAfterHeader } from '../responses/problem.tsx'
import { readDeviceCookie } from './device-cookie.ts'
import { ReauthenticatePage } from './reauthenticate-page.tsx'

const reauthenticateForm = formSchema({ password: formText, next: optionalFormText })

/** The step-up: a signed-in user enters the password again. */
export function addReauthenticateRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const guards = userGuards(context)
  app.get('/reauthenticate', ...guards, (c) =>
    renderForm(context, c, { next: c.req.query('next') }),
  )
  app.post('/reauthenticate', ...guards, context.sessions.csrfGuard, (c) =>
    reauthenticate(context, c),
  )
}

interface FormState {
  readonly next: string | undefined
  readonly problem?: string
  readonly status?: 401 | 429 | 503
}

async function renderForm(
  context: HttpContext,
  c: UserRequestContext,
  { next, problem, status }: FormState,
): Promise<Response> {
  return page(
    c,
    <ReauthenticatePage
      frame={await frameOf(context, c)}
      email={c.var.user.email}
      next={context.web.nextPath(next)}
      problem={problem ?? null}
    />,
    status,
  )
}

async function reauthenticate(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, reauthenticateForm)
  if (form instanceof Response) return form
  const { user, exchange } = c.var
  const { ipAddress } = exchange.client
  const result = await context.signIn.reauthenticate({
    user,
    password: form.password,
    ipAddress,
    devices: readDeviceCookie(c),
  })
  if (result.status !== 'authenticated') return renderRejected(context, c, { form, result })
  // Refused if another tab was faster, whose cookie is valid here too, or if the session has ended, which the next
  // page says.
  await exchange.stepUp()
  return redirectAfterCredentials(context, c, context.web.nextPath(form.next) ?? '/dashboard')
}

interface RejectedAttempt {
  readonly form: z.output<typeof reauthenticateForm>
  readonly result: Exclude<AuthenticateResult, { status: 'authenticated' }>
}

function renderRejected(
  context: HttpContext,
  c: UserRequestContext,
  { form, result }: RejectedAttempt,
) {
  if (result.status !== 'wrong') c.header(...retryAfterHeader(result.retryAfterSeconds))
  const { status: reason } = result
  const userId = c.var.user.id
  logSecurityEvent(context, c, { event: 'step-up-failed', reason, userId })
  return renderForm(context, c, { next: form.next, ...rejectionState(result) })
}

function rejectionState(result: RejectedAttempt['result']) {
  if (result.status === 'wrong') return { status: 401, problem: 'Wrong password.' } as const
  const problem = rejectedText(result)
  return { status: result.status === 'throttled' ? 429 : 503, problem } as const
}
