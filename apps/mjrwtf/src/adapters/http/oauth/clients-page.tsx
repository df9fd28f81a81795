import { describeScopes } from '../../../application/shared/scope-texts.ts'
import type { ClientApplication } from '../../../domain/client-application.ts'
import { CsrfField } from '../components/fields.tsx'
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
            <ClientItem client={client} now={now} csrfToken={frame.csrfToken} />
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
  readonly csrfToken: string
}

function ClientItem({ client, now, csrfToken }: ClientItemProps) {
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
        <div>
          <dt>Permissions</dt>
          <dd>{describeScopes(scopes).join(' · ')}</dd>
        </div>
        {redirectUris.length > 0 && (
          <div>
            <dt>Redirect URIs</dt>
            {redirectUris.map((uri) => (
              <dd class="mono">{uri}</dd>
            ))}
          </div>
        )}
        <TimeDetail label="Registered" instant={createdAt} now={now} />
      </dl>
      <ClientActions {...{ client, csrfToken }} />
    </li>
  )
}

function ClientActions({ client, csrfToken }: Omit<ClientItemProps, 'now'>) {
  const { id, name, kind } = client
  return (
    <div class="device-actions">
      <a class="button secondary small" href={`${clientsPath}/${id}`}>
        Change<span class="visually-hidden"> {name}</span>
      </a>
      {kind === 'confidential' && (
        <form method="post" action={`${clientsPath}/${id}/secret`} data-once="">
          <CsrfField token={csrfToken} />
          <button class="button secondary small" type="submit">
            New secret<span class="visually-hidden"> for {name}</span>
          </button>
        </form>
      )}
      <a class="button secondary small" href={`${clientsPath}/${id}/remove`}>
        Remove<span class="visually-hidden"> {name}</span>
      </a>
    </div>
  )
}
