import { EmailField, NewPasswordField } from '../components/account-fields.tsx'
import { Alert, DraftSavedAlert } from '../components/alerts.tsx'
import type { FieldErrors } from '../components/fields.tsx'
import { CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { isDraftPath } from '../forms/draft-path.ts'

/** What the account forms have in common. Passwords are never sent back to the page. */
interface CredentialFormProps {
  readonly frame: Frame
  readonly email: string
  readonly fieldErrors: FieldErrors
  /** What is wrong with the attempt as a whole. */
  readonly problem: string | null
}

interface SignInPageProps extends CredentialFormProps {
  /** Where to go afterwards, a path of ours. */
  readonly next: string | null
  readonly remember: boolean
  /** Why the person has to sign in again. */
  readonly reason: string | null
}

export function SignInPage(props: SignInPageProps) {
  return (
    <Layout frame={props.frame} title="Sign in">
      <div class="narrow stack">
        <h1>Sign in</h1>
        {props.reason !== null && <Alert kind="info">{props.reason}</Alert>}
        {isDraftPath(props.next) && (
          <DraftSavedAlert>, for the account you were signed in with</DraftSavedAlert>
        )}
        {props.problem !== null && <Alert kind="error">{props.problem}</Alert>}
        <form class="card" method="post" action="/login">
          <CsrfField token={props.frame.csrfToken} />
          {props.next !== null && <input type="hidden" name="next" value={props.next} />}
          <EmailField value={props.email} problem={props.fieldErrors.email} />
          <Field
            name="password"
            label="Password"
            type="password"
            problem={props.fieldErrors.password}
            attributes={{ autocomplete: 'current-password' }}
          />
          <label class="check">
            <input type="checkbox" name="remember_me" value="on" checked={props.remember} />
            Stay signed in on this device
          </label>
          <div class="actions">
            <button class="button" type="submit">
              Sign in
            </button>
            <a href="/forgot">Forgot your password?</a>
            {props.frame.signUpOpen && <a href="/signup">Make an account</a>}
          </div>
        </form>
      </div>
    </Layout>
  )
}

interface CreateAccountProps extends CredentialFormProps {
  readonly passwordMinLength: number
}

interface SignUpPageProps extends CreateAccountProps {
  /** The code of the invite that opened the page. */
  readonly invite: string | null
}

export function SignUpPage(props: SignUpPageProps) {
  return (
    <Layout frame={props.frame} title="Sign up">
      <div class="narrow stack">
        <h1>Make an account</h1>
        {props.problem !== null && <Alert kind="error">{props.problem}</Alert>}
        <form class="card" method="post" action="/signup">
          <CsrfField token={props.frame.csrfToken} />
          {props.invite !== null && <input type="hidden" name="invite" value={props.invite} />}
          <EmailField value={props.email} problem={props.fieldErrors.email} />
          <NewPasswordField {...props} />
          <div class="actions">
            <button class="button" type="submit">
              Sign up
            </button>
            <a href="/login">Sign in instead</a>
          </div>
        </form>
      </div>
    </Layout>
  )
}

interface SetUpPageProps extends CreateAccountProps {
  /** The setup code, as the link carried it. */
  readonly code: string
}

export function SetUpPage(props: SetUpPageProps) {
  return (
    <Layout frame={props.frame} title="Set up">
      <div class="narrow stack">
        <h1>Make the first account</h1>
        <p class="lead">
          It runs this server: it can invite others, and shared API tokens act for it.
        </p>
        {props.problem !== null && <Alert kind="error">{props.problem}</Alert>}
        <form class="card" method="post" action="/setup">
          <CsrfField token={props.frame.csrfToken} />
          <Field
            name="code"
            label="Setup code"
            value={props.code}
            problem={props.fieldErrors.code}
            hint="From the link in the server's log."
            attributes={{ autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' }}
          />
          <EmailField value={props.email} problem={props.fieldErrors.email} />
          <NewPasswordField {...props} />
          <div class="actions">
            <button class="button" type="submit">
              Make the account
            </button>
          </div>
        </form>
      </div>
    </Layout>
  )
}
