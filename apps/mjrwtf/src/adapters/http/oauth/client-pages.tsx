import type { ClientApplication } from '../../../domain/client-application.ts'
import { Alert } from '../components/alerts.tsx'
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
          <strong>You won't see it again.</strong> An earlier secret no longer works.
        </p>
        <div class="card stack" data-shown-once="">
          <h2>Client ID</h2>
          <p class="destination mono">{client.id}</p>
          <h2>Client secret</h2>
          <p class="destination mono">{secret}</p>
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

/** Asks whether to remove a client application. */
export function RemoveClientPage({ frame, client }: ClientPageProps) {
  return (
    <SettingsLayout frame={frame} title="Remove application" section={clientsPath}>
      <div class="narrow stack">
        <form class="card" method="post" action={frame.path} data-once="">
          <CsrfField token={frame.csrfToken} />
          <Alert kind="info">
            <p>All users are disconnected from it immediately.</p>
          </Alert>
          <p class="breakable">
            Remove <strong>{client.name}</strong>? If you register it again, it gets another client
            ID.
          </p>
          <div class="actions">
            <button class="button danger" type="submit">
              Remove
            </button>
            <a href={clientsPath}>Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
