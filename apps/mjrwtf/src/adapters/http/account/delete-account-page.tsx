import { Alert } from '../components/alerts.tsx'
import { CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { countText } from '../components/texts.ts'

interface DeleteAccountPageProps {
  readonly frame: Frame
  /** Email of the account, which the user types to confirm. */
  readonly email: string
  readonly hasPassword: boolean
  /** Numbers of links and clicks that would be deleted. */
  readonly links: number
  readonly clicks: number
  /** Whether the account belongs to the administrator while others have accounts. */
  readonly cannotDelete: boolean
  readonly input: string
  /** Error of the typed email. */
  readonly problem: string | null
}

/** Lists what is deleted and what is kept. The user confirms by typing the email. */
export function DeleteAccountPage(props: DeleteAccountPageProps) {
  const { frame, cannotDelete } = props
  return (
    <SettingsLayout frame={frame} title="Delete account">
      <div class="narrow stack">
        <p class="lead">This is permanent. Not even the administrator can undo it.</p>
        <DeletionSummary {...props} />
        {cannotDelete ? <CannotDelete /> : <DeleteForm {...props} />}
      </div>
    </SettingsLayout>
  )
}

function DeletionSummary({ links, clicks, hasPassword }: DeleteAccountPageProps) {
  return (
    <>
      <h2>Will be deleted</h2>
      <ul class="sentences">
        <li>{linksText(links)}</li>
        <li>{clicksText(clicks)}</li>
        <li>Records of links you deleted earlier</li>
        <li>
          {hasPassword ? 'Your email, your password' : 'Your email'} and all sessions. You will be
          signed out on all devices.
        </li>
        <li>Your access tokens, and the access of connected apps and connected accounts</li>
        <li>Your security log</li>
      </ul>
      <h2>Will be kept</h2>
      <ul class="sentences">
        <li>
          The short codes, without any data about you or their destinations, so that no one else can
          use them
        </li>
        <li>Existing backups, until they are overwritten</li>
      </ul>
      <p>
        You may want to <a href="/settings/export">export your data</a> first.
      </p>
    </>
  )
}

function linksText(count: number): string {
  if (count === 0) return 'Your links (none at the moment)'
  const subject = count === 1 ? 'Your link' : `Your ${count.toLocaleString('en')} links`
  return `${subject}. Visitors will see that the link is no longer available.`
}

function clicksText(count: number): string {
  return count === 0 ? 'Statistics of your links' : `Statistics of ${countText(count, 'click')}`
}

function CannotDelete() {
  return (
    <Alert kind="info">
      <p>
        <strong>You are the administrator, and others have accounts here.</strong> To delete your
        account, first <a href="/settings/users">hand over your role</a> to one of them.
      </p>
    </Alert>
  )
}

function DeleteForm({ frame, email, input, problem }: DeleteAccountPageProps) {
  return (
    <form class="card" method="post" action="/settings/delete">
      <CsrfField token={frame.csrfToken} />
      <p class="account">
        Account: <strong>{email}</strong>
      </p>
      <Field
        name="email"
        label="To confirm, enter your email"
        type="email"
        value={input}
        problem={problem ?? undefined}
        attributes={{ autocomplete: 'off', spellcheck: 'false' }}
      />
      <div class="actions">
        <button class="button danger" type="submit">
          Permanently delete my account
        </button>
        <a href="/settings/account">Cancel</a>
      </div>
    </form>
  )
}
