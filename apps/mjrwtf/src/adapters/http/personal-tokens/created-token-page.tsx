import type { CreatedToken } from '../../../application/personal-tokens/create-token.ts'
import type { Frame } from '../components/frame.ts'
import { CopyButton } from '../components/link-card.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { Timestamp } from '../components/timestamp.tsx'
import { tokensPath } from './tokens-page.tsx'

interface CreatedTokenPageProps {
  readonly frame: Frame
  readonly created: CreatedToken
  /** Whether the user receives an email before it expires. */
  readonly isReminded: boolean
}

/** Shows a new token, once. The script removes it when the user leaves the page, so that going back does not show it. */
export function CreatedTokenPage({ frame, created, isReminded }: CreatedTokenPageProps) {
  const { name, token, expiresAt } = created
  return (
    <SettingsLayout frame={frame} title="Your new access token" section={tokensPath}>
      <p class="lead">
        Copy it now. <strong>We cannot show it again.</strong>
      </p>
      <section class="card stack" aria-label="Access token" data-shown-once="">
        <p class="breakable">
          <strong>{name}</strong>
        </p>
        <p>
          <code class="new-token">{token}</code>
        </p>
        <p>
          <CopyButton
            text={token}
            label="Copy token"
            variant="button"
            announcement="Token copied"
          />
        </p>
        <p class="hint">
          It expires on <Timestamp instant={expiresAt} precision="minute" />.
          {isReminded && ' We remind you by email a week before.'}
        </p>
      </section>
      <section class="stack" aria-labelledby="usage">
        <h2 id="usage">How to use it</h2>
        <p>Send this header with each request to the API:</p>
        <pre class="card example">
          <code>Authorization: Bearer TOKEN</code>
        </pre>
        <p class="hint">
          Keep it in a password manager or a secret store, never in source code. If you lose it,
          revoke it and create another. The <a href="/docs/api">API documentation</a> lists what it
          can do.
        </p>
        <div class="actions">
          <a class="button secondary" href={tokensPath}>
            Done
          </a>
        </div>
      </section>
    </SettingsLayout>
  )
}
