import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { tokensPath } from './tokens-page.tsx'

interface RevokePageProps {
  readonly frame: Frame
  readonly title: string
  /** What is revoked: a name, or a number. */
  readonly what: string
  readonly button: string
}

/** Asks before a token, or all of them, are revoked. */
export function RevokePage({ frame, title, what, button }: RevokePageProps) {
  return (
    <SettingsLayout frame={frame} title={title} section={tokensPath}>
      <div class="narrow stack">
        <form class="card" method="post" action={frame.path} data-once="">
          <CsrfField token={frame.csrfToken} />
          <p class="breakable">
            Revoke <strong>{what}</strong>? Programs that use it lose access immediately.
          </p>
          <p class="hint">This cannot be undone.</p>
          <div class="actions">
            <button class="button danger" type="submit">
              {button}
            </button>
            <a href={tokensPath}>Cancel</a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
