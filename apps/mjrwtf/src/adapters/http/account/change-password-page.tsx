import { NewPasswordField } from '../components/account-fields.tsx'
import { Alert } from '../components/alerts.tsx'
import { AccountName, CsrfField, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'

interface ChangePasswordPageProps {
  readonly frame: Frame
  readonly email: string
  readonly passwordMinLength: number
  readonly fieldErrors: FieldErrors
  /** Error that belongs to no field. */
  readonly problem: string | null
}

/** Passwords are never rendered back into the page. */
export function ChangePasswordPage(props: ChangePasswordPageProps) {
  const { frame, email, passwordMinLength, fieldErrors, problem } = props
  return (
    <SettingsLayout frame={frame} title="Password">
      <div class="narrow stack">
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        <form class="card" method="post" action="/settings/password" data-once="">
          <CsrfField token={frame.csrfToken} />
          <AccountName email={email} />
          <Field
            name="current_password"
            label="Current password"
            type="password"
            problem={fieldErrors.current_password}
            attributes={{ autocomplete: 'current-password' }}
          />
          <NewPasswordField
            name="new_password"
            label="New password"
            passwordMinLength={passwordMinLength}
            fieldErrors={fieldErrors}
          />
          <p class="hint">Changing your password signs you out on all other devices.</p>
          <div class="actions">
            <button class="button" type="submit">
              Change password
            </button>
            <a href="/forgot">Forgot your password?</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
