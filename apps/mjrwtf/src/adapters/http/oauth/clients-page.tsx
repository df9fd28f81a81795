import { describeScopes } from '../../../application/shared/scope-texts.ts'
import type { ClientApplication } from '../../../domain/client-application.ts'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { TimeDetail } from '../components/time-detail.tsx'

export const clientsPath = '/settings/applications'

interface ClientsPageProps {
  readonly frame: Frame
  readonly clients: readonly ClientApplication[]
  readonly now: number
}

/** The client applications of the installation, for administrators. */
export function ClientsPage({ frame, clients, now }: ClientsPageProps) {
  return (
    <SettingsLayout frame={frame} title="Applications">
      <p class="lead">
        Apps and services that users of this site can connect to their account. Register only those
        that you know.
      </p>
      {clients.length > 0 && (
        <ul class="devices">
          {clients.map((client) => (
            <ClientItem client={client} now={now} />
          ))}
        </ul>
      )}
      <section class="bulk-action" aria-labelledby="register">
        <h2 id="register">
          {clients.length === 0 ? 'No applications yet' : 'Register another application'}
        </h2>
        <p class="hint">
          You need the redirect URIs of the application. It gets a client ID, and a secret if it is
          a server.
        </p>
        <div class="actions">
          <a
            class={clients.length === 0 ? 'button' : 'button secondary'}
            href={`${clientsPath}/register`}
          >
            Register application
          </a>
        </div>
      </section>
    </SettingsLayout>
  )
}

interface ClientItemProps {
  readonly client: ClientApplication
  readonly now: number
}

function ClientItem({ client, now }: ClientItemProps) {
  const { id, name, kind, redirectUris, scopes, allowsDeviceFlow, createdAt } = client
  return (
    <li class="device">
      <div class="device-head">
        <h2 class="breakable">{name}</h2>
        <span class="tag">{kind === 'public' ? 'App without a secret' : 'Server'}</span>
        {allowsDeviceFlow && <span class="tag">Device flow</span>}
      </div>
      <dl>
        <div>
          <dt>Client ID</dt>
          <dd>
            <code>{id}</code>
          </dd>
        </div>
        <TimeDetail label="Registered" instant={createdAt} now={now} />
        <div class="wide">
          <dt>Permissions</dt>
          <dd>{describeScopes(scopes).join(' · ')}</dd>
        </div>
        {redirectUris.length > 0 && (
          <div class="wide">
            <dt>Redirect URIs</dt>
            {redirectUris.map((uri) => (
              <dd class="mono">{uri}</dd>
            ))}
          </div>
        )}
      </dl>
      <ClientActions client={client} />
    </li>
  )
}

function ClientActions({ client }: Pick<ClientItemProps, 'client'>) {
  const { id, name, kind } = client
  return (
    <div class="device-actions">
      <a class="button secondary small" href={`${clientsPath}/${id}`}>
        Change<span class="visually-hidden"> {name}</span>
      </a>
      {kind === 'confidential' && (
        <a class="button secondary small" href={`${clientsPath}/${id}/secret`}>
          New secret<span class="visually-hidden"> for {name}</span>
        </a>
      )}
      <a class="button secondary small" href={`${clientsPath}/${id}/remove`}>
        Remove<span class="visually-hidden"> {name}</span>
      </a>
    </div>
  )
}
