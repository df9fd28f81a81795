import type { Hono } from 'hono'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import { Alert, DraftSavedAlert } from '../components/alerts.tsx'
import { AccountName, CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { isDraftPath } from '../forms/drafts.ts'
import { addFormPage, type FormContext, rejectForNow } from '../forms/form-page.ts'
import { defineForm, formText, optionalFormText } from '../forms/forms.ts'
import type { AppEnv } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import { readDeviceCookie } from './device-cookie.ts'

export interface ReauthenticateContext extends FormContext {
  readonly signIn: Pick<SignIn, 'reauthenticate'>
}

/** The step-up: a signed-in user enters the password again. */
export function addReauthenticateRoutes(app: Hono<AppEnv>, context: ReauthenticateContext): void {
  addFormPage(userRoutes(app, context), context, {
    path: '/reauthenticate',
    form: defineForm({ password: formText, next: optionalFormText }),
    initialValues: (c) => ({ next: c.req.query('next') }),
    async render(c, { values, problem }) {
      const frame = await frameOf(context, c)
      const next = context.nextPath(values.next)
      return <ReauthenticatePage {...{ frame, email: c.var.user.email, next, problem }} />
    },
    async submit(c, { password, next }) {
      const { user, exchange } = c.var
      const { ipAddress } = exchange.client
      const attempt = { user, password, ipAddress, devices: readDeviceCookie(c) }
      const result = await context.signIn.reauthenticate(attempt)
      if (result.status !== 'authenticated') {
        const { status: reason } = result
        logSecurityEvent(context, c, { event: 'step-up-failed', reason, userId: user.id })
        if (result.status !== 'wrong') return rejectForNow(result)
        return { status: 'rejected', httpStatus: 401, problem: 'Wrong password.' }
      }
      // Refused if another tab was faster, whose cookie is valid here too, or if the session has ended, which the next
      // page says.
      await exchange.stepUp({ methods: ['pwd'] })
      return redirectAfterCredentials(context, c, context.nextPath(next) ?? '/dashboard')
    },
  })
}

interface ReauthenticatePageProps {
  readonly frame: Frame
  readonly email: string
  /** Path to open after the confirmation. */
  readonly next: string | null
  /** Error of the attempt. */
  readonly problem: string | null
}

function ReauthenticatePage(props: ReauthenticatePageProps) {
  const { frame, email, next, problem } = props
  return (
    <Layout frame={frame} title="Confirm it's you">
      <div class="narrow stack">
        <h1>Confirm it's you</h1>
        <p class="lead">Enter your password to continue.</p>
        {isDraftPath(next) && <DraftSavedAlert />}
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        <form class="card" method="post" action="/reauthenticate">
          <CsrfField token={frame.csrfToken} />
          <AccountName email={email} />
          {next !== null && <input type="hidden" name="next" value={next} />}
          <p class="account">
            Signed in as <strong>{email}</strong>
          </p>
          <Field
            name="password"
            label="Password"
            type="password"
            attributes={{ autocomplete: 'current-password' }}
          />
          <div class="actions">
            <button class="button" type="submit">
              Confirm
            </button>
            <a href="/dashboard">Cancel</a>
          </div>
          <p class="hint">
            <a href="/forgot">Forgot your password?</a>
          </p>
        </form>
      </div>
    </Layout>
  )
}
