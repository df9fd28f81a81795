import { EmailField, NewPasswordField } from '../components/account-fields.tsx'
import { Alert } from '../components/alerts.tsx'
import { AccountName, CsrfField, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'

interface ForgotPasswordPageProps {
  readonly frame: Frame
  readonly email: string
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
  /** Whether letters leave at all. */
  readonly isEmailEnabled: boolean
}

/** Says the same whether or not there is an account. */
export function ForgotPasswordPage({
  frame,
  email,
  fieldErrors,
  problem,
  isEmailEnabled,
}: ForgotPasswordPageProps) {
  return (
    <Layout frame={frame} title="Forgot your password?">
      <div class="narrow stack">
        <h1>Forgot your password?</h1>
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        {isEmailEnabled ? (
          <>
            <p class="lead">
              Enter the email address of your account. We send you an email with a link to choose a
              new password. It works for an hour.
            </p>
            <form class="card" method="post" action="/forgot" data-once="">
              <CsrfField token={frame.csrfToken} />
              <EmailField value={email} problem={fieldErrors.email} />
              <div class="actions">
                <button class="button" type="submit">
                  Send the email
                </button>
                <BackLink frame={frame} />
              </div>
            </form>
          </>
        ) : (
          <EmailDisabled />
        )}
      </div>
    </Layout>
  )
}

/** Who is signed in and was asked for the password has come here too. */
function BackLink({ frame }: Pick<ForgotPasswordPageProps, 'frame'>) {
  return frame.viewer === null ? (
    <a href="/login">Sign in instead</a>
  ) : (
    <a href="/settings/account">Cancel</a>
  )
}

function EmailDisabled() {
  return (
    <>
      <Alert kind="info">
        <p>
          <strong>This server sends no email,</strong> so you cannot choose a new password here.
          Please ask whoever runs it: they can let an account sign in again that too many wrong
          passwords have closed, with <code>npm run unlock</code>.
        </p>
      </Alert>
      <p>
        <a href="/login">Back to signing in</a>
      </p>
    </>
  )
}

interface ResetPasswordPageProps {
  readonly frame: Frame
  readonly email: string
  /** Names the link that was opened. */
  readonly linkId: string
  readonly passwordMinLength: number
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
}

export function ResetPasswordPage(props: ResetPasswordPageProps) {
  const { frame, email, linkId, passwordMinLength, fieldErrors, problem } = props
  return (
    <Layout frame={frame} title="Choose a new password">
      <div class="narrow stack">
        <h1>Choose a new password</h1>
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        <form class="card" method="post" action="/reset" data-once="">
          <CsrfField token={frame.csrfToken} />
          <input type="hidden" name="link" value={linkId} />
          <AccountName email={email} />
          <p class="account">
            For the account of <strong>{email}</strong>
          </p>
          <NewPasswordField
            label="New password"
            passwordMinLength={passwordMinLength}
            fieldErrors={fieldErrors}
          />
          <p class="hint">All your devices are signed out. Then sign in with the new password.</p>
          <div class="actions">
            <button class="button" type="submit">
              Set the password
            </button>
          </div>
        </form>
      </div>
    </Layout>
  )
}

export type VerifyPurpose = 'verify-email' | 'confirm-change' | 'cancel-change'

interface VerifyEmailPageProps {
  readonly frame: Frame
  readonly purpose: VerifyPurpose
  readonly email: string
  /** Names the link that was opened. */
  readonly linkId: string
  readonly problem: string | null
}

/** Says what the button will do. Nothing has happened yet. */
export function VerifyEmailPage({ frame, purpose, email, linkId, problem }: VerifyEmailPageProps) {
  const { title, button } = verifyTexts[purpose]
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <h1>{title}</h1>
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        <form class="card" method="post" action="/verify" data-once="">
          <CsrfField token={frame.csrfToken} />
          <input type="hidden" name="link" value={linkId} />
          <PurposeText purpose={purpose} email={email} />
          <div class="actions">
            <button class="button" type="submit">
              {button}
            </button>
          </div>
        </form>
      </div>
    </Layout>
  )
}

const verifyTexts: Readonly<
  Record<VerifyPurpose, { readonly title: string; readonly button: string }>
> = {
  'verify-email': { title: 'Confirm your address', button: 'Yes, this is my address' },
  'confirm-change': { title: 'Confirm your new address', button: 'Use this address' },
  'cancel-change': { title: 'Keep your address', button: 'Call the change off' },
}

function PurposeText({ purpose, email }: Pick<VerifyEmailPageProps, 'purpose' | 'email'>) {
  if (purpose === 'verify-email') {
    return (
      <p>
        This tells mjr.wtf that <strong class="breakable">{email}</strong> is yours, so that it can
        write to you when something happens to your account.
      </p>
    )
  }
  if (purpose === 'confirm-change') {
    return (
      <p>
        <strong class="breakable">{email}</strong> becomes the address of your account. You sign in
        with it from then on, and emails go there.
      </p>
    )
  }
  return (
    <p>
      Somebody who was signed in to your account asked for another address. This calls it off: your
      account keeps the address it has. If that was not you, change your password as well.
    </p>
  )
}

interface InvalidLinkPageProps {
  readonly frame: Frame
  /** The link works, but another account has the address by now. */
  readonly isEmailUnavailable: boolean
}

export function InvalidLinkPage({ frame, isEmailUnavailable }: InvalidLinkPageProps) {
  const title = isEmailUnavailable ? 'This address cannot be used' : 'This link no longer works'
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <h1>{title}</h1>
        {isEmailUnavailable ? (
          <p class="lead">
            Another account has this address by now. Nothing was changed: your account keeps the
            address it has.
          </p>
        ) : (
          <InvalidLinkHelp />
        )}
      </div>
    </Layout>
  )
}

function InvalidLinkHelp() {
  return (
    <>
      <p class="lead">
        It was used already, its time is over, or a newer email or a change of the account has taken
        its place.
      </p>
      <ul class="sentences">
        <li>
          To choose a new password, <a href="/forgot">ask for another email</a>.
        </li>
        <li>
          To confirm or change your address, go to <a href="/settings/account">your account</a>.
        </li>
      </ul>
    </>
  )
}
