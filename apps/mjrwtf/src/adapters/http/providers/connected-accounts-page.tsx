import type { ShownProvider } from '../../../application/identities/identities.ts'
import { type Identity, maxIdentitiesPerUser } from '../../../domain/identity.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { sentenceStart } from '../components/texts.ts'
import { TimeDetail } from '../components/time-detail.tsx'

export const connectedAccountsPath = '/settings/connected-accounts'
export const confirmLinkPath = `${connectedAccountsPath}/confirm`

/** An identity, and the name of its provider. */
export interface ShownIdentity extends Pick<Identity, 'id' | 'email' | 'createdAt' | 'lastUsedAt'> {
  readonly providerName: string
  /** Whether the provider is configured, with the same issuer. */
  readonly isUsable: boolean
}

interface ConnectedAccountsPageProps {
  readonly frame: Frame
  /** Oldest first. */
  readonly identities: readonly ShownIdentity[]
  readonly providers: readonly ShownProvider[]
  readonly now: number
}

/** The accounts at external providers with which the user signs in. */
export function ConnectedAccountsPage(props: ConnectedAccountsPageProps) {
  const { frame, identities, providers, now } = props
  return (
    <SettingsLayout frame={frame} title="Connected accounts">
      <p class="lead">Sign in with an account that you have elsewhere, without a password here.</p>
      {identities.length > 0 && (
        <ul class="devices">
          {identities.map((identity) => (
            <IdentityItem identity={identity} now={now} />
          ))}
        </ul>
      )}
      <Connect providers={providers} count={identities.length} />
    </SettingsLayout>
  )
}

interface IdentityItemProps {
  readonly identity: ShownIdentity
  readonly now: number
}

function IdentityItem({ identity, now }: IdentityItemProps) {
  const { id, providerName, email, isUsable, createdAt, lastUsedAt } = identity
  return (
    <li class="device">
      <div class="device-head">
        <h2>{sentenceStart(providerName)}</h2>
        {!isUsable && <span class="tag unusable">Not available here any more</span>}
      </div>
      <dl>
        <div class="wide">
          <dt>Account</dt>
          <dd class="breakable">{email ?? 'No email shared'}</dd>
        </div>
        <TimeDetail label="Connected" instant={createdAt} now={now} />
        <TimeDetail label="Last used" instant={lastUsedAt} now={now} />
      </dl>
      <div class="device-actions">
        <a class="button secondary small" href={`${connectedAccountsPath}/${id}/disconnect`}>
          Disconnect<span class="visually-hidden"> {`${providerName} ${email ?? ''}`}</span>
        </a>
      </div>
    </li>
  )
}

interface ConnectProps {
  readonly providers: readonly ShownProvider[]
  readonly count: number
}

function Connect({ providers, count }: ConnectProps) {
  if (providers.length === 0) {
    return <p class="hint">This site offers no sign-in with accounts elsewhere.</p>
  }
  if (count >= maxIdentitiesPerUser) {
    return (
      <p class="hint">
        You have connected {count} accounts, the maximum. Disconnect one to connect another.
      </p>
    )
  }
  return (
    <section class="bulk-action" aria-labelledby="connect">
      <h2 id="connect">
        {count === 0 ? 'No account is connected yet' : 'Connect another account'}
      </h2>
      <p class="hint">
        You sign in there, and come back here to confirm. We get your email, never your password.
      </p>
      <div class="actions">
        {providers.map(({ id, name }) => (
          <a class="button secondary" href={`${connectedAccountsPath}/${id}/connect`}>
            Connect {name}
          </a>
        ))}
      </div>
    </section>
  )
}

interface ConfirmLinkPageProps {
  readonly frame: Frame
  readonly provider: string
  readonly email: string | null
}

/** Asks the user to confirm the account that they have shown at the provider. */
export function ConfirmLinkPage({ frame, provider, email }: ConfirmLinkPageProps) {
  return (
    <SettingsLayout frame={frame} title={`Connect ${provider}?`} section={connectedAccountsPath}>
      <div class="narrow stack">
        <form class="card stack" method="post" action={confirmLinkPath} data-once="">
          <dl class="identity">
            <dt>{sentenceStart(provider)}</dt>
            <dd class="breakable">{email ?? 'No email shared'}</dd>
          </dl>
          <p class="breakable">
            Anyone who can sign in to this {provider} account can then sign in to your account{' '}
            <strong>{frame.viewer?.email}</strong>.
          </p>
          <div class="actions">
            <button class="button" type="submit">
              Connect
            </button>
            <a href={connectedAccountsPath}>Cancel</a>
          </div>
          <CsrfField token={frame.csrfToken} />
        </form>
      </div>
    </SettingsLayout>
  )
}

interface DisconnectPageProps {
  readonly frame: Frame
  readonly identity: ShownIdentity
}

export function DisconnectPage({ frame, identity }: DisconnectPageProps) {
  const { providerName, email } = identity
  return (
    <SettingsLayout
      frame={frame}
      title={`Disconnect ${providerName}`}
      section={connectedAccountsPath}
    >
      <div class="narrow stack">
        <form class="card stack" method="post" action={frame.path} data-once="">
          <dl class="identity">
            <dt>{providerName}</dt>
            <dd class="breakable">{email ?? 'No email shared'}</dd>
          </dl>
          <p>
            You can no longer sign in with it. Other devices that you signed in with it are signed
            out.
          </p>
          <div class="actions">
            <button class="button danger" type="submit">
              Disconnect
            </button>
            <a href={connectedAccountsPath}>Cancel</a>
          </div>
          <CsrfField token={frame.csrfToken} />
        </form>
      </div>
    </SettingsLayout>
  )
}
