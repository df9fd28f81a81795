import { EmailField } from '../components/account-fields.tsx'
import { Alert, DraftRestoredAlert } from '../components/alerts.tsx'
import { CsrfField, DraftFields, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { Timestamp } from '../components/timestamp.tsx'

/** A new email that is not confirmed yet. */
interface PendingEmailProps {
  readonly newEmail: string
  readonly expiresAt: number
}

interface AccountPageProps {
  readonly frame: Frame
  readonly email: string
  readonly verifiedAt: number | null
  readonly pending: PendingEmailProps | null
  /** Whether the server sends email. */
  readonly isEmailEnabled: boolean
}

export function AccountPage(props: AccountPageProps) {
  const { frame, email, verifiedAt, pending, isEmailEnabled } = props
  return (
    <SettingsLayout frame={frame} title="Account">
      <div class="narrow stack">
        <section class="card stack" aria-labelledby="email">
          <h2 id="email">Email</h2>
          <p>
            <strong class="breakable">{email}</strong>
          </p>
          {verifiedAt === null ? (
            <UnverifiedEmail frame={frame} isEmailEnabled={isEmailEnabled} />
          ) : (
            <p class="hint">
              Verified <Timestamp instant={verifiedAt} precision="minute" />.
            </p>
          )}
          {pending !== null && <PendingEmail frame={frame} {...pending} />}
          {isEmailEnabled && (
            <p>
              <a href="/settings/email">Change email</a>
            </p>
          )}
        </section>
        <section class="card stack" aria-labelledby="data">
          <h2 id="data">Your data</h2>
          <ul class="sentences">
            <li>
              <a href="/settings/export">Export your data</a>
            </li>
            <li>
              <a href="/settings/delete">Delete account</a>
            </li>
          </ul>
        </section>
      </div>
    </SettingsLayout>
  )
}

function UnverifiedEmail({
  frame,
  isEmailEnabled,
}: Pick<AccountPageProps, 'frame' | 'isEmailEnabled'>) {
  if (!isEmailEnabled) {
    return <p class="hint">Not verified. Email verification is not available on this site.</p>
  }
  return (
    <form class="stack" method="post" action="/settings/email/verification" data-once="">
      <CsrfField token={frame.csrfToken} />
      <p>Not verified. Click the link we emailed you so that we can send you security alerts.</p>
      <button class="button secondary small" type="submit">
        Resend email
      </button>
    </form>
  )
}

function PendingEmail({
  frame,
  newEmail,
  expiresAt,
}: PendingEmailProps & Pick<AccountPageProps, 'frame'>) {
  return (
    <form class="stack" method="post" action="/settings/email/cancel" data-once="">
      <CsrfField token={frame.csrfToken} />
      <Alert kind="info">
        <p>
          We sent a confirmation link to <strong class="breakable">{newEmail}</strong>. Your email
          changes once you click it. The link is valid until{' '}
          <Timestamp instant={expiresAt} precision="minute" />.
        </p>
      </Alert>
      <button class="button secondary small" type="submit">
        Cancel the change
      </button>
    </form>
  )
}

interface ChangeEmailPageProps {
  readonly frame: Frame
  readonly currentEmail: string
  readonly email: string
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
  /** Id of the draft that filled the form, or empty. */
  readonly draft: string
  /** Whether the form was filled from the draft by this request. */
  readonly isRestored: boolean
}

export function ChangeEmailPage(props: ChangeEmailPageProps) {
  const { frame, currentEmail, email, fieldErrors, problem, draft, isRestored } = props
  return (
    <SettingsLayout frame={frame} title="Change email" section="/settings/account">
      <div class="narrow stack">
        {isRestored && <DraftRestoredAlert />}
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        <form class="card" method="post" action="/settings/email" data-once="">
          <CsrfField token={frame.csrfToken} />
          <DraftFields ownerToken={frame.formOwnerToken} draft={draft} />
          <p class="account">
            Current email: <strong class="breakable">{currentEmail}</strong>
          </p>
          <EmailField label="New email" value={email} problem={fieldErrors.email} />
          <p class="hint">
            We will send a confirmation link to the new email. Nothing changes until you click it.
            We also notify your current email, so that you can cancel the change.
          </p>
          <div class="actions">
            <button class="button" type="submit">
              Send confirmation link
            </button>
            <a href="/settings/account">Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
