import type { FoundLink } from '../../../application/ports/take-down-repository.ts'
import type { Frame } from '../components/frame.ts'
import { withoutScheme } from '../components/link-card.tsx'
import { Pagination } from '../components/pagination.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { countText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'
import type { EntryList } from '../responses/entries.ts'
import { linkUrl } from '../short-url.ts'
import { managedLinkPath } from './managed-link-page.tsx'
import { ManagedSearch } from './managed-search.tsx'

interface ManagedLinksPageProps {
  readonly frame: Frame
  readonly list: EntryList<FoundLink>
  readonly limit: number
  /** Text of the search, or empty for all links. */
  readonly query: string
  readonly shortBaseUrl: string
}

const path = '/settings/links'

/** The links of all users, or those of a search, for administrators. */
export function ManagedLinksPage(props: ManagedLinksPageProps) {
  const { frame, list, limit, query, shortBaseUrl } = props
  const { range } = list
  const filter: Record<string, string> = query === '' ? {} : { q: query }
  return (
    <SettingsLayout frame={frame} title="All links">
      <p class="lead">The links of all users. Open one to see reports or to take it down.</p>
      <ManagedSearch
        action={path}
        label="Find links"
        query={query}
        hint="A short URL or code, a destination or its host, or the email of the owner."
      />
      {range.count === 0 ? (
        <NoLinks query={query} />
      ) : (
        <ul class="devices" aria-label="Links, newest first">
          {list.entries.map((link) => (
            <LinkItem link={link} shortBaseUrl={shortBaseUrl} />
          ))}
        </ul>
      )}
      {range.count > 0 && <Pagination {...{ path, limit, filter, range, total: null }} />}
    </SettingsLayout>
  )
}

function NoLinks({ query }: { readonly query: string }) {
  return (
    <div class="empty">
      <h2>{query === '' ? 'No links' : `No results for "${query}"`}</h2>
      {query !== '' && (
        <>
          <p>
            A host must be complete: <code>login.example.com</code> does not find links to{' '}
            <code>example.com</code>.
          </p>
          <a class="button secondary" href={path}>
            Show all links
          </a>
        </>
      )}
    </div>
  )
}

interface LinkItemProps {
  readonly link: FoundLink
  readonly shortBaseUrl: string
}

function LinkItem({ link, shortBaseUrl }: LinkItemProps) {
  return (
    <li class="device managed">
      <div class="device-head">
        <h2 class="breakable">
          <a href={managedLinkPath(link.id)}>{withoutScheme(linkUrl(shortBaseUrl, link))}</a>
        </h2>
        <StateTag link={link} />
      </div>
      <p class="device-note breakable managed-destination">{link.destination}</p>
      <p class="hint device-note breakable">
        {link.ownerEmail} · {countText(link.clickCount, 'click')} · Created:{' '}
        <Timestamp instant={link.createdAt} precision="day" />
      </p>
    </li>
  )
}

export function StateTag({ link }: { readonly link: FoundLink }) {
  if (link.takeDown !== null) return <span class="tag unusable">Taken down</span>
  return link.removedAt === null ? null : <span class="tag">Deleted</span>
}
