import { EmailField } from '../components/account-fields.tsx'
import { Alert, DraftRestoredAlert } from '../components/alerts.tsx'
import { minuteText } from '../components/dates.ts'
import { CsrfField, DraftFields, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'

/** Another address that waits for its confirmation. */
interface PendingEmailProps {
  readonly newEmail: string
  readonly expiresAt: number
}

interface AccountPageProps {
  readonly frame: Frame
  readonly email: string
  readonly verifiedAt: number | null
  readonly pending: PendingEmailProps | null
  /** Whether letters leave at all. */
  readonly isEmailEnabled: boolean
}

export function AccountPage(props: AccountPageProps) {
  const { frame, email, verifiedAt, pending, isEmailEnabled } = props
  return (
    <SettingsLayout frame={frame} title="Account">
      <div class="narrow stack">
        <section class="card stack" aria-labelledby="address">
          <h2 id="address">Email address</h2>
          <p>
            <strong class="breakable">{email}</strong>
          </p>
          {verifiedAt === null ? (
            <UnverifiedEmail frame={frame} isEmailEnabled={isEmailEnabled} />
          ) : (
            <p class="hint">Confirmed on {minuteText(verifiedAt)}.</p>
          )}
          {pending !== null && <PendingEmail frame={frame} {...pending} />}
          {isEmailEnabled && (
            <p>
              <a href="/settings/email">Change the email address</a>
            </p>
          )}
        </section>
        <section class="card stack" aria-labelledby="data">
          <h2 id="data">Your data</h2>
          <ul class="sentences">
            <li>
              <a href="/settings/export">Take your data with you</a>
            </li>
            <li>
              <a href="/settings/delete">Delete this account</a>
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
    return (
      <p class="hint">Not confirmed. This server sends no email, so it cannot be confirmed now.</p>
    )
  }
  return (
    <form class="stack" method="post" action="/settings/email/verification" data-once="">
      <CsrfField token={frame.csrfToken} />
      <p>
        Not confirmed yet. Use the link in the email we sent there. Then we can tell you when
        something happens to your account.
      </p>
      <button class="button secondary small" type="submit">
        Send the email again
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
          <strong class="breakable">{newEmail}</strong> becomes your address once the link in the
          email to it has been used. It works until {minuteText(expiresAt)}.
        </p>
      </Alert>
      <button class="button secondary small" type="submit">
        Keep the address you have
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
  /** The draft that filled the form, or empty. */
  readonly draft: string
  /** Whether it has just come back from there. */
  readonly isRestored: boolean
}

export function ChangeEmailPage(props: ChangeEmailPageProps) {
  const { frame, currentEmail, email, fieldErrors, problem, draft, isRestored } = props
  return (
    <SettingsLayout frame={frame} title="Change email address">
      <div class="narrow stack">
        {isRestored && <DraftRestoredAlert />}
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        <form class="card" method="post" action="/settings/email" data-once="">
          <CsrfField token={frame.csrfToken} />
          <DraftFields ownerToken={frame.formOwnerToken} draft={draft} />
          <p class="account">
            Current address: <strong class="breakable">{currentEmail}</strong>
          </p>
          <EmailField label="New email address" value={email} problem={fieldErrors.email} />
          <p class="hint">
            We send an email with a link to the new address. Until the link is used, nothing
            changes. We also tell the address you have, so that the change can be called off there.
          </p>
          <div class="actions">
            <button class="button" type="submit">
              Send the email
            </button>
            <a href="/settings/account">Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
