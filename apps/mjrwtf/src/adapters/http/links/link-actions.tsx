import type { LinkWithClicks } from '../../../application/ports/link-repository.ts'
import { CsrfField } from '../components/fields.tsx'
import { linkPath } from '../short-url.ts'

interface LinkActionsProps {
  readonly link: LinkWithClicks
  readonly csrfToken: string
}

/** What removes a link from the list or for good, at the end of its page. */
export function LinkActions(props: LinkActionsProps) {
  return (
    <section class="link-section" aria-labelledby="link-actions">
      <h2 id="link-actions">Archive or delete</h2>
      <ArchiveForm {...props} />
      <DeleteForm {...props} />
    </section>
  )
}

function ArchiveForm({ link: { shortCode, archivedAt }, csrfToken }: LinkActionsProps) {
  const isArchived = archivedAt !== null
  return (
    <form method="post" action={linkPath(shortCode, isArchived ? 'unarchive' : 'archive')}>
      <CsrfField token={csrfToken} />
      <p class="lead">
        {isArchived
          ? 'This link is archived. It keeps working.'
          : 'An archived link keeps working, but is not in your list of links.'}
      </p>
      <p class="actions">
        <button class="button secondary" type="submit">
          {isArchived ? 'Restore from the archive' : 'Archive link'}
        </button>
      </p>
    </form>
  )
}

function DeleteForm({ link: { shortCode }, csrfToken }: LinkActionsProps) {
  return (
    <details class="disclosure danger">
      <summary>Delete link</summary>
      <form method="post" action={linkPath(shortCode, 'delete')}>
        <CsrfField token={csrfToken} />
        <p>Delete /{shortCode}? It will stop working for everyone and the code cannot be reused.</p>
        <p class="actions">
          <button class="button danger" type="submit">
            Delete link
          </button>
        </p>
      </form>
    </details>
  )
}
