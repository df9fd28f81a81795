import type { PersonalTokenView } from '../../../application/personal-tokens/personal-tokens.ts'
import { describeScopes } from '../../../application/shared/scope-texts.ts'
import { maxPersonalTokens, type TokenState } from '../../../domain/personal-token.ts'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { TimeDetail } from '../components/time-detail.tsx'
import { Timestamp } from '../components/timestamp.tsx'

export const tokensPath = '/settings/tokens'

interface TokensPageProps {
  readonly frame: Frame
  /** Newest first. */
  readonly tokens: readonly PersonalTokenView[]
  readonly now: number
}

/** The personal access tokens of the user. Never shows a token. */
export function TokensPage({ frame, tokens, now }: TokensPageProps) {
  return (
    <SettingsLayout frame={frame} title="Access tokens">
      <p class="lead">
        With an access token, your scripts and programs can use the <a href="/docs/api">API</a> as
        you. Treat it like a password.
      </p>
      {tokens.length > 0 && (
        <ul class="devices">
          {tokens.map((token) => (
            <TokenItem token={token} now={now} />
          ))}
        </ul>
      )}
      <CreateToken count={tokens.length} />
      {tokens.length > 1 && <RevokeAll count={tokens.length} />}
    </SettingsLayout>
  )
}

interface TokenItemProps {
  readonly token: PersonalTokenView
  readonly now: number
}

function TokenItem({ token, now }: TokenItemProps) {
  const { id, name, state, expiresAt, createdAt } = token
  const isExpired = state === 'expired'
  return (
    <li class="device">
      <div class="device-head">
        <h2 class="breakable">{name}</h2>
        <StateTag state={state} />
      </div>
      <dl>
        <div>
          <dt>{isExpired ? 'Expired' : 'Expires'}</dt>
          <dd>
            <Timestamp instant={expiresAt} precision="minute" />
          </dd>
        </div>
        <LastUse token={token} now={now} />
        <TimeDetail label="Created" instant={createdAt} now={now} />
        <Networks token={token} />
      </dl>
      <Access token={token} />
      <div class="device-actions">
        <a class="button secondary small" href={`${tokensPath}/${id}/revoke`}>
          {isExpired ? 'Remove' : 'Revoke'}
          <span class="visually-hidden"> {name}</span>
        </a>
      </div>
    </li>
  )
}

function StateTag({ state }: { readonly state: TokenState }) {
  if (state === 'active') return null
  return state === 'expired' ? (
    <span class="tag unusable">Expired</span>
  ) : (
    <span class="tag warning">Expires soon</span>
  )
}

function LastUse({ token, now }: TokenItemProps) {
  const { lastUsedAt, lastUsedIpAddress, lastUsedLocation } = token
  if (lastUsedAt === null) {
    return (
      <div>
        <dt>Last used</dt>
        <dd>Never</dd>
      </div>
    )
  }
  return (
    <>
      <TimeDetail label="Last used" instant={lastUsedAt} now={now} />
      <div>
        <dt>Last used from</dt>
        <dd>
          <span class="mono">{lastUsedIpAddress ?? 'unknown'}</span>{' '}
          {lastUsedLocation !== null && <span class="absolute">{lastUsedLocation}</span>}
        </dd>
      </div>
    </>
  )
}

function Networks({ token: { networks } }: Pick<TokenItemProps, 'token'>) {
  if (networks.length === 0) return null
  return (
    <div>
      <dt>Only from</dt>
      <dd class="mono">{networks.join(', ')}</dd>
    </div>
  )
}

function Access({ token: { scopes } }: Pick<TokenItemProps, 'token'>) {
  return (
    <ul class="token-access" aria-label="Access">
      {describeScopes(scopes).map((text) => (
        <li>{text}</li>
      ))}
    </ul>
  )
}

function CreateToken({ count }: { readonly count: number }) {
  if (count >= maxPersonalTokens) {
    return <p class="hint">You have {count} tokens, the maximum. Revoke one to create another.</p>
  }
  return (
    <section class="bulk-action" aria-labelledby="create">
      <h2 id="create">{count === 0 ? 'You have no access tokens yet' : 'Create another token'}</h2>
      <p class="hint">
        {count === 0
          ? 'You choose what a token may do and when it expires.'
          : 'Use one for each program, so that you can revoke it without affecting the others.'}
      </p>
      <div class="actions">
        <a class={count === 0 ? 'button' : 'button secondary'} href={`${tokensPath}/new`}>
          Create a token
        </a>
      </div>
    </section>
  )
}

function RevokeAll({ count }: { readonly count: number }) {
  return (
    <section class="bulk-action" aria-labelledby="revoke-all">
      <h2 id="revoke-all">All tokens</h2>
      <p class="hint">If you are not sure who has your tokens, revoke all of them.</p>
      <div class="actions">
        <a class="button secondary" href={`${tokensPath}/revoke-all`}>
          Revoke all {count} tokens
        </a>
      </div>
    </section>
  )
}
