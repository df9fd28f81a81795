import { Alert } from '../components/alerts.tsx'
import { CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'

interface DeleteAccountPageProps {
  readonly frame: Frame
  /** Address of the account, which is to be typed once more. */
  readonly email: string
  /** How many there are that would go. */
  readonly links: number
  readonly clicks: number
  /** The operator cannot leave while others have accounts. */
  readonly cannotDelete: boolean
  readonly input: string
  /** What is wrong with the address that was typed. */
  readonly problem: string | null
}

/** Says exactly what goes and what stays, and asks for the address to be sure that it is meant. */
export function DeleteAccountPage(props: DeleteAccountPageProps) {
  const { frame, links, clicks, cannotDelete } = props
  return (
    <SettingsLayout frame={frame} title="Delete account">
      <div class="narrow stack">
        <p class="lead">
          This cannot be undone. Nobody, not even who runs this server, can undo it.
        </p>
        <DeletionSummary links={links} clicks={clicks} />
        {cannotDelete ? <CannotDelete /> : <DeleteForm {...props} />}
      </div>
    </SettingsLayout>
  )
}

function DeletionSummary({ links, clicks }: Pick<DeleteAccountPageProps, 'links' | 'clicks'>) {
  return (
    <>
      <h2>What goes</h2>
      <ul class="sentences">
        <li>{linksText(links)}</li>
        <li>{clicksText(clicks)}</li>
        <li>What is kept of links that you deleted before.</li>
        <li>
          Your address, your password and every session. All your devices are signed out at once.
        </li>
        <li>Your security log.</li>
      </ul>
      <h2>What stays</h2>
      <ul class="sentences">
        <li>
          The short codes, without anything about you or where they led, so that nobody else can
          take them over.
        </li>
        <li>Copies that whoever runs this server has made of its database before.</li>
      </ul>
      <p>
        You may want to <a href="/settings/export">take your data with you</a> first.
      </p>
    </>
  )
}

function linksText(count: number): string {
  if (count === 0) return 'Your links, of which you have none now.'
  const subject = count === 1 ? 'Your link stops' : `Your ${formatCount(count)} links stop`
  return `${subject} working. Whoever follows one is told that it has ended.`
}

function clicksText(count: number): string {
  if (count === 0) return 'Clicks on your links, of which none were counted.'
  return count === 1 ? 'The one click on them.' : `The ${formatCount(count)} clicks on them.`
}

function formatCount(count: number): string {
  return count.toLocaleString('en')
}

function CannotDelete() {
  return (
    <Alert kind="info">
      <p>
        <strong>You run this server, and others have accounts here.</strong> Your account can be
        deleted once theirs are gone: without you nobody could look after them.
      </p>
    </Alert>
  )
}

function DeleteForm({ frame, email, input, problem }: DeleteAccountPageProps) {
  return (
    <form class="card" method="post" action="/settings/delete">
      <CsrfField token={frame.csrfToken} />
      <p class="account">
        The account of <strong>{email}</strong>
      </p>
      <Field
        name="email"
        label="To confirm, type the email address of this account"
        type="email"
        value={input}
        problem={problem ?? undefined}
        attributes={{ autocomplete: 'off', spellcheck: 'false' }}
      />
      <div class="actions">
        <button class="button danger" type="submit">
          Delete account for good
        </button>
        <a href="/settings/account">Keep the account</a>
      </div>
    </form>
  )
}
