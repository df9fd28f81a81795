import type { ConnectedApp } from '../../../application/ports/connected-grants.ts'
import { describeScopes } from '../../../application/shared/scope-texts.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { TimeDetail } from '../components/time-detail.tsx'
import { Timestamp } from '../components/timestamp.tsx'

export const connectedAppsPath = '/settings/connected-apps'

interface ConnectedAppsPageProps {
  readonly frame: Frame
  readonly apps: readonly ConnectedApp[]
  readonly now: number
}

/** The client applications that may use the account, with buttons that end their access. */
export function ConnectedAppsPage({ frame, apps, now }: ConnectedAppsPageProps) {
  return (
    <SettingsLayout frame={frame} title="Connected apps">
      {apps.length === 0 ? (
        <NoApps />
      ) : (
        <>
          <p class="lead">
            These apps can use your account. Disconnect any you do not recognize or no longer use.
          </p>
          <ul class="devices">
            {apps.map((app) => (
              <AppItem app={app} now={now} csrfToken={frame.csrfToken} />
            ))}
          </ul>
          <p class="hint">
            An app that is not used for 30 days is disconnected automatically. A change of your
            password disconnects all of them.
          </p>
          {apps.length > 1 && <DisconnectAll csrfToken={frame.csrfToken} count={apps.length} />}
        </>
      )}
    </SettingsLayout>
  )
}

function NoApps() {
  return (
    <>
      <p class="lead">No app has access to your account.</p>
      <p>
        When you allow an app or a command line to use your account, it appears here. To connect a
        device that shows a code, <a href="/oauth/device">enter the code</a>.
      </p>
    </>
  )
}

interface AppItemProps {
  readonly app: ConnectedApp
  readonly now: number
  readonly csrfToken: string
}

function AppItem({ app, now, csrfToken }: AppItemProps) {
  const name = app.name ?? 'Removed app'
  return (
    <li class="device">
      <div class="device-head">
        <h2 class="breakable">{name}</h2>
        {app.website !== null && <span class="hint">{new URL(app.website).host}</span>}
      </div>
      <p>{describeScopes(app.scopes).join(' · ')}</p>
      <dl>
        <TimeDetail label="Last active" instant={app.lastRefreshedAt} now={now} />
        <TimeDetail label="Connected" instant={app.createdAt} now={now} />
        <div>
          <dt>Access ends</dt>
          <dd>
            <Timestamp instant={app.expiresAt} precision="minute" />
          </dd>
        </div>
      </dl>
      <form method="post" action={`${connectedAppsPath}/${encodeURIComponent(app.id)}/revoke`}>
        <CsrfField token={csrfToken} />
        <button class="button secondary small" type="submit">
          Disconnect
          <span class="visually-hidden">
            {' '}
            ({name}, connected <Timestamp instant={app.createdAt} precision="minute" />)
          </span>
        </button>
      </form>
    </li>
  )
}

function DisconnectAll({
  csrfToken,
  count,
}: {
  readonly csrfToken: string
  readonly count: number
}) {
  return (
    <section class="bulk-action" aria-labelledby="disconnect-all">
      <h2 id="disconnect-all">All apps</h2>
      <p class="hint">An app that you disconnect loses access immediately.</p>
      <form method="post" action={`${connectedAppsPath}/revoke-all`}>
        <CsrfField token={csrfToken} />
        <button class="button secondary" type="submit">
          Disconnect all {count} apps
        </button>
      </form>
    </section>
  )
}
