import { Alert, DraftSavedAlert } from '../components/alerts.tsx'
import { AccountName, CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { isDraftPath } from '../forms/draft-path.ts'

interface ReauthenticatePageProps {
  readonly frame: Frame
  readonly email: string
  /** Path to open after the confirmation. */
  readonly next: string | null
  /** Error of the attempt. */
  readonly problem: string | null
}

export function ReauthenticatePage(props: ReauthenticatePageProps) {
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
