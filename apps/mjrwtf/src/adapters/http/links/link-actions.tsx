import type { LinkWithClicks } from '../../../application/ports/link-repository.ts'
import { CsrfField } from '../components/fields.tsx'
import { linkPath } from '../short-url.ts'

interface LinkActionsProps {
  readonly link: LinkWithClicks
  readonly csrfToken: string
}

/** What ends a link, at the end of its page. */
export function LinkActions({ link: { shortCode }, csrfToken }: LinkActionsProps) {
  return (
    <section class="link-actions" aria-labelledby="link-actions">
      <h2 id="link-actions">Delete</h2>
      <details class="disclosure">
        <summary>Delete link</summary>
        <form method="post" action={linkPath(shortCode, 'delete')}>
          <CsrfField token={csrfToken} />
          <p>
            Delete /{shortCode}? It will stop working for everyone and the code cannot be reused.
          </p>
          <p class="actions">
            <button class="button danger" type="submit">
              Delete link
            </button>
          </p>
        </form>
      </details>
    </section>
  )
}
