import { minuteText } from '../components/dates.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { CopyButton } from '../components/link-card.tsx'

interface InvitesPageProps {
  readonly frame: Frame
  /** The invite that was just made; it is shown this once. */
  readonly invite: { readonly url: string; readonly expiresAt: number } | null
}

export function InvitesPage({ frame, invite }: InvitesPageProps) {
  return (
    <Layout frame={frame} title="Invites">
      <div class="narrow stack">
        <h1>Invite somebody</h1>
        <p class="lead">
          An invite is a link with which one person makes one account, within 7 days.
        </p>
        {invite !== null && <NewInvite {...invite} />}
        <form method="post" action="/invites">
          <CsrfField token={frame.csrfToken} />
          <button class={invite === null ? 'button' : 'button secondary'} type="submit">
            {invite === null ? 'Make an invite' : 'Make another'}
          </button>
        </form>
      </div>
    </Layout>
  )
}

function NewInvite({ url, expiresAt }: { readonly url: string; readonly expiresAt: number }) {
  return (
    <div class="card stack">
      <p>Hand this link to one person. It is not shown again.</p>
      <p class="destination mono">{url}</p>
      <p>
        <CopyButton text={url} label="Copy invite" variant="button" />
      </p>
      <p class="hint">Works until {minuteText(expiresAt)}.</p>
    </div>
  )
}
