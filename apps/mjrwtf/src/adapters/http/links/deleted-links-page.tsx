import type { RemovedLink } from '../../../application/ports/link-change-repository.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { withoutScheme } from '../components/link-card.tsx'
import { Timestamp } from '../components/timestamp.tsx'
import { shortUrlOf } from '../short-url.ts'

interface DeletedLinksPageProps {
  readonly frame: Frame
  readonly shortBaseUrl: string
  /** The last deleted first. */
  readonly links: readonly RemovedLink[]
  /** Cursor of the next page, or `null`. */
  readonly older: string | null
}

/** Deleted links that can be restored. */
export function DeletedLinksPage(props: DeletedLinksPageProps) {
  return (
    <Layout frame={props.frame} title="Deleted links">
      <div class="stack">
        <p class="back">
          <a href="/dashboard">Links</a>
        </p>
        <h1>Deleted links</h1>
        <p class="lead">Deleted links can be restored for 30 days. Their codes are never reused.</p>
        {props.links.length === 0 && <p>No link was deleted in the last 30 days.</p>}
        <ul class="links" aria-label="Deleted links">
          {props.links.map((link) => (
            <DeletedLink {...props} link={link} />
          ))}
        </ul>
        {props.older !== null && (
          <nav class="pages" aria-label="Pages">
            <a
              class="button secondary small"
              href={`/dashboard/deleted?cursor=${props.older}`}
              rel="next"
            >
              Older
            </a>
          </nav>
        )}
      </div>
    </Layout>
  )
}

interface DeletedLinkProps extends DeletedLinksPageProps {
  readonly link: RemovedLink
}

function DeletedLink({ link, frame, shortBaseUrl }: DeletedLinkProps) {
  const shortUrl = withoutScheme(shortUrlOf(shortBaseUrl, link.shortCode))
  return (
    <li class="link-item">
      <div class="link-main">
        <h2>{link.title === '' ? shortUrl : <bdi>{link.title}</bdi>}</h2>
        {link.title !== '' && <p class="short">{shortUrl}</p>}
        <p class="destination">{link.destination}</p>
        <p class="hint">
          Deleted <Timestamp instant={link.removedAt} precision="minute" />
        </p>
      </div>
      <form method="post" action="/dashboard/change">
        <CsrfField token={frame.csrfToken} />
        <input type="hidden" name="selected" value={link.shortCode} />
        <button class="button secondary small" type="submit" name="action" value="restore">
          Restore<span class="visually-hidden"> {link.shortCode}</span>
        </button>
      </form>
    </li>
  )
}
