import type { SharedTokenReport } from '../../../application/shared-tokens/shared-tokens.ts'
import type { Deprecation, SharedTokenUse, TokenAuthPhase } from '../../../domain/shared-token.ts'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { relativeText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'

interface SharedTokensPageProps {
  readonly frame: Frame
  readonly phase: TokenAuthPhase
  readonly deprecation: Deprecation | null
  readonly tokens: readonly SharedTokenReport[]
  readonly now: number
}

/** The shared tokens of the configuration, and their clients. */
export function SharedTokensPage({ frame, tokens, now, ...status }: SharedTokensPageProps) {
  return (
    <SettingsLayout frame={frame} title="Shared tokens">
      <p class="lead">
        Shared tokens come from the server's configuration and act as the administrator. Replace
        them with <a href="/settings/tokens">access tokens</a>, which belong to one user, have a
        scope and expire.
      </p>
      <Status {...status} count={tokens.filter(({ number }) => number !== null).length} />
      {tokens.map((token) => (
        <Token token={token} now={now} />
      ))}
    </SettingsLayout>
  )
}

interface StatusProps extends Pick<SharedTokensPageProps, 'phase' | 'deprecation'> {
  readonly count: number
}

function Status({ phase, deprecation, count }: StatusProps) {
  if (count === 0) return <p>No shared tokens are configured.</p>
  if (phase === 'disabled') {
    return (
      <p>
        They are disabled: the API refuses them. Remove <code>AUTH_TOKEN</code> and{' '}
        <code>AUTH_TOKENS</code> from the configuration.
      </p>
    )
  }
  if (deprecation === null) {
    return (
      <p>
        They are enabled. When most clients have moved, set <code>TOKEN_AUTH=deprecated</code>.
      </p>
    )
  }
  return (
    <p>
      Deprecated since <Timestamp instant={deprecation.since} precision="day" />. Clients see that
      they should stop working on <Timestamp instant={deprecation.sunset} precision="day" />. When
      none is in use below, set <code>TOKEN_AUTH=disabled</code>.
    </p>
  )
}

function Token({ token, now }: { readonly token: SharedTokenReport; readonly now: number }) {
  const { number, tokenKey, uses } = token
  const heading = `shared-token-${tokenKey}`
  return (
    <section class="card stack">
      <h2 id={heading}>{number === null ? 'No longer configured' : `Token ${number}`}</h2>
      <p class="hint">
        Appears in the log as <code>{tokenKey}</code>
      </p>
      {uses.length === 0 ? (
        <p>Not used yet.</p>
      ) : (
        <table class="events" aria-labelledby={heading}>
          <thead>
            <tr>
              <th scope="col">Client</th>
              <th scope="col">Requests</th>
              <th scope="col">First used</th>
              <th scope="col">Last used</th>
            </tr>
          </thead>
          <tbody>
            {uses.map((use) => (
              <UseRow use={use} now={now} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function UseRow({ use, now }: { readonly use: SharedTokenUse; readonly now: number }) {
  return (
    <tr>
      <th scope="row" class="wide">
        <span class="title breakable">{use.client}</span>
      </th>
      <td data-label="Requests">{use.uses.toLocaleString('en')}</td>
      <td data-label="First used">
        <Timestamp instant={use.firstUsedAt} precision="day" />
      </td>
      <td data-label="Last used">{relativeText(use.lastUsedAt, now)}</td>
    </tr>
  )
}
