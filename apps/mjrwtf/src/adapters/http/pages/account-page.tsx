import { EmailField } from './account-fields.tsx'
import { minuteText } from './dates.ts'
import { CsrfField, DraftFields, type Problems } from './fields.tsx'
import type { Frame } from './frame.ts'
import { Notice, RestoredNotice } from './notices.tsx'
import { SettingsLayout } from './settings-nav.tsx'

/** Another address that waits for its confirmation. */
interface PendingProps {
  readonly newEmail: string
  readonly expiresAt: number
}

interface AccountPageProps {
  readonly frame: Frame
  readonly email: string
  readonly verifiedAt: number | null
  readonly pending: PendingProps | null
  /** Whether letters leave at all. */
  readonly hasMail: boolean
}

export function AccountPage(props: AccountPageProps) {
  const { frame, email, verifiedAt, pending, hasMail } = props
  return (
    <SettingsLayout frame={frame} title="Account">
      <div class="narrow stack">
        <section class="card stack" aria-labelledby="address">
          <h2 id="address">Email address</h2>
          <p>
            <strong class="address">{email}</strong>
          </p>
          {verifiedAt === null ? (
            <Unconfirmed frame={frame} hasMail={hasMail} />
          ) : (
            <p class="hint">Confirmed on {minuteText(verifiedAt)}.</p>
          )}
          {pending !== null && <Pending frame={frame} {...pending} />}
          {hasMail && (
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

function Unconfirmed({ frame, hasMail }: Pick<AccountPageProps, 'frame' | 'hasMail'>) {
  if (!hasMail) {
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
      <button class="button second small" type="submit">
        Send the email again
      </button>
    </form>
  )
}

function Pending({ frame, newEmail, expiresAt }: PendingProps & Pick<AccountPageProps, 'frame'>) {
  return (
    <form class="stack" method="post" action="/settings/email/cancel" data-once="">
      <CsrfField token={frame.csrfToken} />
      <Notice kind="note">
        <p>
          <strong class="address">{newEmail}</strong> becomes your address once the link in the
          email to it has been used. It works until {minuteText(expiresAt)}.
        </p>
      </Notice>
      <button class="button second small" type="submit">
        Keep the address you have
      </button>
    </form>
  )
}

interface EmailPageProps {
  readonly frame: Frame
  readonly current: string
  readonly email: string
  readonly problems: Problems
  readonly problem: string | null
  /** The draft that filled the form, or empty. */
  readonly draft: string
  /** Whether it has just come back from there. */
  readonly isRestored: boolean
}

export function EmailPage(props: EmailPageProps) {
  const { frame, current, email, problems, problem, draft, isRestored } = props
  return (
    <SettingsLayout frame={frame} title="Change email address">
      <div class="narrow stack">
        {isRestored && <RestoredNotice />}
        {problem !== null && <Notice kind="error">{problem}</Notice>}
        <form class="card" method="post" action="/settings/email" data-once="">
          <CsrfField token={frame.csrfToken} />
          <DraftFields seal={frame.formSeal} draft={draft} />
          <p class="account">
            Current address: <strong class="address">{current}</strong>
          </p>
          <EmailField label="New email address" value={email} problem={problems.email} />
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
