import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { CopyButton } from '../components/link-card.tsx'
import { Timestamp } from '../components/timestamp.tsx'

interface InvitesPageProps {
  readonly frame: Frame
  /** The invitation that was just created. Its link is shown only once. */
  readonly invite: { readonly url: string; readonly expiresAt: number } | null
}

export function InvitesPage({ frame, invite }: InvitesPageProps) {
  return (
    <Layout frame={frame} title="Invitations">
      <div class="narrow stack">
        <h1>Invitations</h1>
        <p class="lead">An invitation lets one person create an account within 7 days.</p>
        {invite !== null && <NewInvite {...invite} />}
        <form method="post" action="/invites">
          <CsrfField token={frame.csrfToken} />
          <button class={invite === null ? 'button' : 'button secondary'} type="submit">
            {invite === null ? 'Create invitation' : 'Create another'}
          </button>
        </form>
      </div>
    </Layout>
  )
}

function NewInvite({ url, expiresAt }: { readonly url: string; readonly expiresAt: number }) {
  return (
    <div class="card stack">
      <p>Send this link to one person. You won't see it again.</p>
      <p class="destination mono">{url}</p>
      <p>
        <CopyButton text={url} label="Copy link" variant="button" />
      </p>
      <p class="hint">
        Valid until <Timestamp instant={expiresAt} precision="minute" />.
      </p>
    </div>
  )
}
