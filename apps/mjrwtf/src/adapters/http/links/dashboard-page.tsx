import type { LinkChangeState } from '../../../application/links/change-links.ts'
import type { LinkCount } from '../../../application/ports/link-list.ts'
import type { LinkTotals } from '../../../application/ports/link-repository.ts'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { type Shortcut, Shortcuts } from '../components/shortcuts.tsx'
import { BulkForm } from './bulk-form.tsx'
import { ChangeAlert } from './change-alert.tsx'
import { LinkItem } from './link-item.tsx'
import { LinkPagination, NoLinksFound } from './link-results.tsx'
import { ListControls } from './list-controls.tsx'
import type { LinkList } from './list-links.ts'
import { isFiltered, type ListQuery } from './list-query.ts'

export interface DashboardProps {
  readonly frame: Frame
  readonly shortBaseUrl: string
  readonly list: LinkList
  /** Of all links of the user. */
  readonly totals: LinkTotals
  /** Of the links of the selection. */
  readonly count: LinkCount
  readonly query: ListQuery
  /** The change of many links that was just carried out, or `null`. */
  readonly change: LinkChangeState | null
  /** The user has no second factor. */
  readonly suggestsFactor: boolean
}

export function DashboardPage(props: DashboardProps) {
  return (
    <Layout frame={props.frame} title="Links">
      <div class="head">
        <div class="stack">
          <h1>Links</h1>
          <Totals totals={props.totals} />
        </div>
        {props.totals.links > 0 && (
          <p class="actions">
            <a class="button" href="/create" data-shortcut="n">
              New link
            </a>
          </p>
        )}
      </div>
      {props.change !== null && (
        <ChangeAlert change={props.change} csrfToken={props.frame.csrfToken} />
      )}
      <Content {...props} />
      {props.suggestsFactor && <FactorPrompt />}
      {props.totals.links > 0 && <Shortcuts frame={props.frame} shortcuts={listShortcuts} />}
    </Layout>
  )
}

const listShortcuts: readonly Shortcut[] = [
  ['n', 'New link'],
  ['/', 'Search'],
  ['j', 'Next link'],
  ['k', 'Previous link'],
  ['Enter', 'Open the page of the link'],
  ['c', 'Copy the link'],
  ['e', 'Edit the link'],
  ['x', 'Select the link'],
  ['a', 'Select all links of the page, or none'],
]

/** Below the links, so that it is in no one's way, and on no other page than the dashboard and the security page. */
function FactorPrompt() {
  return (
    <aside class="alert info factor-prompt" aria-label="Account security">
      <p>Protect your account with a passkey or an authenticator app.</p>
      <a href="/settings/second-factor">Set up a second factor</a>
    </aside>
  )
}

function Content(props: DashboardProps) {
  const { list, query, totals, count } = props
  if (totals.links === 0 && !isFiltered(query)) return <NoLinks />
  return (
    <>
      <ListControls selection={query} />
      {list.links.length === 0 ? (
        <NoLinksFound {...{ list, query }} />
      ) : (
        <>
          <BulkForm
            csrfToken={props.frame.csrfToken}
            query={query}
            count={count}
            hasMore={list.range.older !== null || list.range.newer !== null}
          />
          <LinkItems {...props} />
          <LinkPagination {...{ list, query, count }} />
        </>
      )}
      <p class="other-lists">
        <a href="/dashboard?state=archived">Archived links</a>
        <a href="/dashboard/tags">Tags</a>
        <a href="/dashboard/deleted">Deleted links</a>
        <a href="/links/import">Import links</a>
        <a href="/links/export?format=csv">Export as CSV</a>
        <a href="/links/export?format=json">Export as JSON</a>
      </p>
    </>
  )
}

function Totals({ totals }: { readonly totals: LinkTotals }) {
  return (
    <dl class="totals">
      <div>
        <dt>{totals.links === 1 ? 'link' : 'links'}</dt>
        <dd>{totals.links.toLocaleString('en')}</dd>
      </div>
      <div>
        <dt>{totals.clicks === 1 ? 'click' : 'clicks'}</dt>
        <dd>{totals.clicks.toLocaleString('en')}</dd>
      </div>
    </dl>
  )
}

function NoLinks() {
  return (
    <div class="empty">
      <h2>No links yet</h2>
      <p>Your links and their click counts will appear here.</p>
      <a class="button" href="/create">
        Create your first link
      </a>
      <p>
        Moving from another service? <a href="/links/import">Import your links</a>
      </p>
    </div>
  )
}

function LinkItems({ list, query, frame, shortBaseUrl }: DashboardProps) {
  return (
    <ul class="links" aria-label="Links">
      {list.links.map((link) => (
        <LinkItem {...{ link, query, shortBaseUrl, csrfToken: frame.csrfToken }} />
      ))}
    </ul>
  )
}
