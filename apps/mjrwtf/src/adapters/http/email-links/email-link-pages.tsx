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
  /** Whether the server sends email. */
  readonly isEmailEnabled: boolean
}

/**
 * The same whether or not the account exists. A signed-in user without a password sets the first one: the emailed link
 * confirms that it is them.
 */
export function ForgotPasswordPage({
  frame,
  email,
  fieldErrors,
  problem,
  isEmailEnabled,
}: ForgotPasswordPageProps) {
  const isFirst = frame.viewer?.hasPassword === false
  const title = isFirst ? 'Set a password by email' : 'Forgot your password?'
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <h1>{title}</h1>
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        {isEmailEnabled ? (
          <>
            <p class="lead">
              Enter the email address of your account. We will send you a link to choose a{' '}
              {isFirst ? 'password' : 'new password'}. It is valid for one hour.
            </p>
            <form class="card" method="post" action="/forgot" data-once="">
              <CsrfField token={frame.csrfToken} />
              <EmailField value={email} problem={fieldErrors.email} />
              <div class="actions">
                <button class="button" type="submit">
                  {isFirst ? 'Send link' : 'Send reset link'}
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

/** A signed-in user comes here from a page that asks for the password. */
function BackLink({ frame }: Pick<ForgotPasswordPageProps, 'frame'>) {
  return frame.viewer === null ? (
    <a href="/login">Back to sign-in</a>
  ) : (
    <a href="/settings/account">Cancel</a>
  )
}

function EmailDisabled() {
  return (
    <>
      <Alert kind="info">
        <p>
          <strong>Password reset by email is not available here.</strong> Contact the administrator.
        </p>
      </Alert>
      <p>
        <a href="/login">Back to sign-in</a>
      </p>
    </>
  )
}

interface ResetPasswordPageProps {
  readonly frame: Frame
  readonly email: string
  /** Identifies the link that was opened. */
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
            Account: <strong>{email}</strong>
          </p>
          <NewPasswordField
            label="New password"
            passwordMinLength={passwordMinLength}
            fieldErrors={fieldErrors}
          />
          <p class="hint">
            You will be signed out everywhere and need to sign in with the new password.
          </p>
          <div class="actions">
            <button class="button" type="submit">
              Set password
            </button>
          </div>
        </form>
      </div>
    </Layout>
  )
}

export type VerifyPurpose =
  | 'verify-email'
  | 'confirm-change'
  | 'cancel-change'
  | 'cancel-factor-removal'

interface VerifyEmailPageProps {
  readonly frame: Frame
  readonly purpose: VerifyPurpose
  readonly email: string
  /** Whether the browser is signed in to the account of the link. */
  readonly isOwnAccount: boolean
  /** Identifies the link that was opened. */
  readonly linkId: string
  readonly problem: string | null
}

/** Says what the button does. Opening the page changes nothing. */
export function VerifyEmailPage(props: VerifyEmailPageProps) {
  const { frame, purpose, email, isOwnAccount, linkId, problem } = props
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
          {!isOwnAccount && <UnknownAccountHint purpose={purpose} />}
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
  'verify-email': { title: 'Confirm your email', button: 'Confirm email' },
  'confirm-change': { title: 'Confirm your new email', button: 'Use this email' },
  'cancel-change': { title: 'Cancel the email change', button: 'Cancel the change' },
  'cancel-factor-removal': { title: 'Keep your second factors', button: 'Keep second factors' },
}

function PurposeText({ purpose, email }: Pick<VerifyEmailPageProps, 'purpose' | 'email'>) {
  if (purpose === 'verify-email') {
    return (
      <p>
        Confirm that <strong class="breakable">{email}</strong> is yours, so that we can send you
        security alerts about your account.
      </p>
    )
  }
  if (purpose === 'confirm-change') {
    return (
      <p>
        <strong class="breakable">{email}</strong> becomes the email of your account. You will sign
        in with it, and we will send your emails there.
      </p>
    )
  }
  if (purpose === 'cancel-factor-removal') {
    return (
      <p>
        The administrator was asked to remove the passkeys, authenticator apps, phone number and
        recovery codes of <strong class="breakable">{email}</strong>. Keeping them cancels that. If
        you did not ask for it, choose a new password too: someone may know yours.
      </p>
    )
  }
  return (
    <p>
      Someone signed in to your account requested a different email. Canceling keeps your current
      email. If it wasn't you, change your password too.
    </p>
  )
}

/** Someone else may have created the account with the email of who reads this. */
function UnknownAccountHint({ purpose }: Pick<VerifyEmailPageProps, 'purpose'>) {
  if (purpose === 'verify-email') {
    return (
      <p>
        If you did not create this account, do not confirm: someone else used your email, and knows
        the password. To take the account over, <a href="/forgot">choose a new password</a>.
      </p>
    )
  }
  if (purpose !== 'confirm-change') return null
  return <p>If you did not ask for this, do not confirm: the account is someone else’s.</p>
}

interface InvalidLinkPageProps {
  readonly frame: Frame
  /** Whether the link is valid but another account now uses the email. */
  readonly isEmailUnavailable: boolean
}

export function InvalidLinkPage({ frame, isEmailUnavailable }: InvalidLinkPageProps) {
  const title = isEmailUnavailable ? 'This email is already in use' : 'This link no longer works'
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <h1>{title}</h1>
        {isEmailUnavailable ? (
          <p class="lead">
            This email address is now used by another account. Your account keeps its current email.
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
      <p class="lead">This link was already used, has expired, or was replaced by a newer one.</p>
      <ul class="sentences">
        <li>
          To choose a new password, <a href="/forgot">request a new link</a>.
        </li>
        <li>
          To confirm or change your email, go to <a href="/settings/account">your account</a>.
        </li>
      </ul>
    </>
  )
}
