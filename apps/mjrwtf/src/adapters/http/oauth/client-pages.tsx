import type { Child } from 'hono/jsx'
import type { ClientApplication } from '../../../domain/client-application.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { CopyButton } from '../components/link-card.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { clientsPath } from './clients-page.tsx'

interface ClientPageProps {
  readonly frame: Frame
  readonly client: Pick<ClientApplication, 'id' | 'name'>
}

/** Shows a new secret, once. The script removes it when the user leaves the page. */
export function NewSecretPage(props: ClientPageProps & { readonly secret: string }) {
  const { frame, client, secret } = props
  return (
    <SettingsLayout frame={frame} title={`Secret of ${client.name}`} section={clientsPath}>
      <div class="narrow stack">
        <p class="lead">
          Copy the secret into the configuration of the application now.{' '}
          <strong>You won't see it again.</strong> If the application had a secret before, that one
          no longer works.
        </p>
        <div class="card stack" data-shown-once="">
          <h2>Client ID</h2>
          <p>
            <code class="new-token">{client.id}</code>
          </p>
          <h2>Client secret</h2>
          <p>
            <code class="new-token">{secret}</code>
          </p>
          <p>
            <CopyButton text={secret} label="Copy secret" variant="button" />
          </p>
        </div>
        <p>
          <a href={clientsPath}>Back to applications</a>
        </p>
      </div>
    </SettingsLayout>
  )
}

/** Asks whether to replace the secret. */
export function ReplaceSecretPage({ frame, client }: ClientPageProps) {
  return (
    <QuestionPage frame={frame} title="Create a new secret" button="Create new secret">
      Replace the secret of <strong>{client.name}</strong>? The current secret stops working
      immediately: the application cannot connect users or refresh their access until it has the new
      one.
    </QuestionPage>
  )
}

/** Asks whether to remove a client application. */
export function RemoveClientPage({ frame, client }: ClientPageProps) {
  return (
    <QuestionPage frame={frame} title="Remove application" button="Remove">
      Remove <strong>{client.name}</strong>? All users are disconnected from it immediately. If you
      register it again, it gets another client ID.
    </QuestionPage>
  )
}

interface QuestionPageProps {
  readonly frame: Frame
  readonly title: string
  readonly button: string
  readonly children?: Child
}

/** Asks before a change that interrupts the users of an application. */
function QuestionPage({ frame, title, button, children }: QuestionPageProps) {
  return (
    <SettingsLayout frame={frame} title={title} section={clientsPath}>
      <div class="narrow stack">
        <form class="card" method="post" action={frame.path} data-once="">
          <CsrfField token={frame.csrfToken} />
          <p class="breakable">{children}</p>
          <div class="actions">
            <button class="button danger" type="submit">
              {button}
            </button>
            <a href={clientsPath}>Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
