import type { ShownProvider } from '../../../application/identities/identities.ts'
import type { PasskeyOffer } from '../../../application/passkeys/passkeys.ts'
import { EmailField, NewPasswordField } from '../components/account-fields.tsx'
import { Alert, DraftSavedAlert } from '../components/alerts.tsx'
import type { FieldErrors } from '../components/fields.tsx'
import { CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { PasskeyForm } from '../components/passkey-form.tsx'
import { ProviderButtons } from '../components/provider-buttons.tsx'
import { isDraftPath } from '../forms/drafts.ts'
import { secondStepPath } from './begin-sign-in.ts'

/** Common props of the forms with credentials. Passwords are never rendered back into a page. */
interface CredentialFormProps {
  readonly frame: Frame
  readonly email: string
  readonly fieldErrors: FieldErrors
  /** Error that belongs to no field. */
  readonly problem: string | null
}

interface SignInPageProps extends CredentialFormProps {
  /** Path to open after signing in. */
  readonly next: string | null
  readonly remember: boolean
  /** Why the user has to sign in again. */
  readonly reason: string | null
  readonly passkeyOffer: PasskeyOffer | null
  readonly providers: readonly ShownProvider[]
  /** Whether this browser has a sign-in in progress. */
  readonly isPending: boolean
}

export function SignInPage(props: SignInPageProps) {
  return (
    <Layout frame={props.frame} title="Sign in">
      <div class="narrow stack">
        <h1>Sign in</h1>
        {props.reason !== null && <Alert kind="info">{props.reason}</Alert>}
        {isDraftPath(props.next) && (
          <DraftSavedAlert>; sign in with the same account to continue</DraftSavedAlert>
        )}
        {props.problem !== null && <Alert kind="error">{props.problem}</Alert>}
        {props.isPending && (
          <Alert kind="info">
            You have started to sign in. <a href={secondStepPath}>Continue with the second step</a>{' '}
            or start again here.
          </Alert>
        )}
        <form class="card" method="post" action="/login">
          <CsrfField token={props.frame.csrfToken} />
          {props.next !== null && <input type="hidden" name="next" value={props.next} />}
          <EmailField value={props.email} problem={props.fieldErrors.email} offersPasskeys />
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
          </div>
          {props.frame.signUpOpen && (
            <p class="hint">
              New here? <a href="/signup">Create an account</a>
            </p>
          )}
        </form>
        {props.passkeyOffer !== null && (
          <PasskeyForm
            frame={props.frame}
            offer={props.passkeyOffer}
            action="/login"
            ceremony="get"
            label="Sign in with a passkey"
            hasAutofill
          >
            {props.next !== null && <input type="hidden" name="next" value={props.next} />}
            <p class="or">or</p>
          </PasskeyForm>
        )}
        <ProviderButtons providers={props.providers} next={props.next} />
      </div>
    </Layout>
  )
}

interface CreateAccountProps extends CredentialFormProps {
  readonly passwordMinLength: number
}

interface SignUpPageProps extends CreateAccountProps {
  /** The code of the invitation link that opened the page. */
  readonly invite: string | null
  readonly providers: readonly ShownProvider[]
}

export function SignUpPage(props: SignUpPageProps) {
  return (
    <Layout frame={props.frame} title="Create an account">
      <div class="narrow stack">
        <h1>Create an account</h1>
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
        <ProviderButtons providers={props.providers} invite={props.invite} />
      </div>
    </Layout>
  )
}

interface SetUpPageProps extends CreateAccountProps {
  /** The setup code from the link. */
  readonly code: string
}

export function SetUpPage(props: SetUpPageProps) {
  return (
    <Layout frame={props.frame} title="Create the administrator account">
      <div class="narrow stack">
        <h1>Create the administrator account</h1>
        <p class="lead">
          This account manages the server. It can invite others, and the server's API tokens act on
          its behalf.
        </p>
        {props.problem !== null && <Alert kind="error">{props.problem}</Alert>}
        <form class="card" method="post" action="/setup">
          <CsrfField token={props.frame.csrfToken} />
          <Field
            name="code"
            label="Setup code"
            value={props.code}
            problem={props.fieldErrors.code}
            hint="From the setup link in the server log."
            attributes={{ autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' }}
          />
          <EmailField value={props.email} problem={props.fieldErrors.email} />
          <NewPasswordField {...props} />
          <div class="actions">
            <button class="button" type="submit">
              Create account
            </button>
          </div>
        </form>
      </div>
    </Layout>
  )
}
