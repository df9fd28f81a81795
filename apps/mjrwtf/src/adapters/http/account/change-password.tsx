import type { Hono } from 'hono'
import type { ChangePasswordResult } from '../../../application/passwords/change-password.ts'
import type { Passwords } from '../../../application/passwords/passwords.ts'
import { withNewPassword } from '../../../domain/known-device.ts'
import { NewPasswordField } from '../components/account-fields.tsx'
import { Alert } from '../components/alerts.tsx'
import { AccountName, CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import {
  addFormPage,
  type FormContext,
  type FormState,
  type RejectedForm,
  rejectFields,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { type Problem, respondSessionsNotEnded, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { readDeviceCookie, setDeviceCookie } from '../sign-in/device-cookie.ts'

export interface ChangePasswordContext extends FormContext {
  readonly passwords: Pick<Passwords, 'change' | 'setFirst'>
}

const path = '/settings/password'

/** Changes the password of a user who knows the current one, or sets the first. */
export function addChangePasswordRoutes(app: Hono<AppEnv>, context: ChangePasswordContext): void {
  addFormPage(recentUserRoutes(app, context), context, {
    path,
    form: defineForm({ current_password: formText, new_password: formText }),
    async render(c, state) {
      const frame = await frameOf(context, c)
      const { passwordMinLength } = context.options
      const { email, hasPassword } = c.var.user
      const props = { frame, email, hasPassword, passwordMinLength }
      return <ChangePasswordPage {...props} {...state} />
    },
    async submit(c, input) {
      const { user, exchange, session } = c.var
      const request = {
        user,
        newPassword: input.new_password,
        ipAddress: exchange.client.ipAddress,
        sessionId: session?.id ?? '',
        renewSession: async () => (await exchange.rotate()).status === 'rotated',
      }
      if (!user.hasPassword) return respond(context, c, await context.passwords.setFirst(request))
      const current = { currentPassword: input.current_password, devices: readDeviceCookie(c) }
      return respond(context, c, await context.passwords.change({ ...request, ...current }))
    },
  })
}

async function respond(
  context: ChangePasswordContext,
  c: UserRequestContext,
  result: ChangePasswordResult,
): Promise<Response | RejectedForm> {
  const { id: userId, hasPassword } = c.var.user
  if (result.status === 'changed' || result.status === 'changed-only') {
    const detail = hasPassword ? null : 'first'
    logSecurityEvent(context, c, { event: 'password-changed', userId, detail })
    updateDeviceCookie(context, c)
    return result.status === 'changed'
      ? redirectWithFlash(context, c, {
          message: hasPassword ? changedMessage : setMessage,
          to: path,
        })
      : respondSessionsNotEnded(context, c, { error: result.error, message: changedOnlyMessage })
  }
  if (result.status === 'invalid') return rejectFields(result.fields)
  logSecurityEvent(context, c, { event: 'password-change-failed', reason: result.status, userId })
  if (result.status === 'conflict') return respondWithProblem(context, c, passwordConflict)
  return result.status === 'wrong' ? wrongPassword : rejectForNow(result)
}

/** The device cookies of other devices belong to the old password. */
function updateDeviceCookie(context: ChangePasswordContext, c: UserRequestContext): void {
  const devices = withNewPassword(readDeviceCookie(c), c.var.user, context.clock.now())
  if (devices !== null) setDeviceCookie(c, devices)
}

const changedMessage = 'Password changed. You have been signed out on all other devices.'

const setMessage =
  'Password set. You can sign in with it from now on. You have been signed out on all other devices.'

const changedOnlyMessage =
  'Password changed. Your other devices must sign in again with the new password, but we could not finish signing ' +
  'them out. Check your sessions in a few minutes.'

const wrongPassword: RejectedForm = {
  status: 'rejected',
  httpStatus: 403,
  fieldErrors: { current_password: 'Wrong password.' },
}

const passwordConflict: Problem = {
  status: 409,
  code: 'conflict',
  title: 'Password not changed',
  message:
    'Your password was just changed elsewhere. Nothing was changed here. ' +
    'If it was not you, change your password again.',
}

interface ChangePasswordPageProps extends Pick<FormState<unknown>, 'fieldErrors' | 'problem'> {
  readonly frame: Frame
  readonly email: string
  readonly hasPassword: boolean
  readonly passwordMinLength: number
}

/** Passwords are never rendered back into the page. */
function ChangePasswordPage(props: ChangePasswordPageProps) {
  const { frame, email, hasPassword, passwordMinLength, fieldErrors, problem } = props
  return (
    <SettingsLayout frame={frame} title="Password">
      <div class="narrow stack">
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        {!hasPassword && (
          <p class="lead">
            Your account has no password. With one, you can also sign in with your email.
          </p>
        )}
        <form class="card" method="post" action={path} data-once="">
          <CsrfField token={frame.csrfToken} />
          <AccountName email={email} />
          {hasPassword && (
            <Field
              name="current_password"
              label="Current password"
              type="password"
              problem={fieldErrors.current_password}
              attributes={{ autocomplete: 'current-password' }}
            />
          )}
          <NewPasswordField
            name="new_password"
            label="New password"
            passwordMinLength={passwordMinLength}
            fieldErrors={fieldErrors}
          />
          <p class="hint">
            {hasPassword ? 'Changing your' : 'Setting a'} password signs you out on all other
            devices.
          </p>
          <div class="actions">
            <button class="button" type="submit">
              {hasPassword ? 'Change password' : 'Set password'}
            </button>
            {hasPassword && <a href="/forgot">Forgot your password?</a>}
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
