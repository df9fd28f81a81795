import { NewPasswordField } from './account-fields.tsx'
import { AccountName, CsrfField, Field, type Problems } from './fields.tsx'
import type { Frame } from './frame.ts'
import { Notice } from './notices.tsx'
import { SettingsLayout } from './settings-nav.tsx'

interface PasswordPageProps {
  readonly frame: Frame
  readonly email: string
  readonly passwordMinLength: number
  readonly problems: Problems
  /** What is wrong with the attempt as a whole. */
  readonly problem: string | null
}

/** Passwords are never sent back to the page. */
export function PasswordPage(props: PasswordPageProps) {
  const { frame, email, passwordMinLength, problems, problem } = props
  return (
    <SettingsLayout frame={frame} title="Password">
      <div class="narrow stack">
        {problem !== null && <Notice kind="error">{problem}</Notice>}
        <form class="card" method="post" action="/settings/password" data-once="">
          <CsrfField token={frame.csrfToken} />
          <AccountName email={email} />
          <Field
            name="current_password"
            label="Current password"
            type="password"
            problem={problems.current_password}
            attributes={{ autocomplete: 'current-password' }}
          />
          <NewPasswordField
            name="new_password"
            label="New password"
            passwordMinLength={passwordMinLength}
            problems={problems}
          />
          <p class="hint">Your other devices are signed out. This one stays signed in.</p>
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
