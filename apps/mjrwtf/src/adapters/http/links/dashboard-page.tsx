import type { LinkTotals, LinkWithClicks } from '../../../application/ports/link-repository.ts'
import { isLinkExpired } from '../../../domain/link.ts'
import { takeDownTexts } from '../../../domain/take-down.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { CopyButton, withoutScheme } from '../components/link-card.tsx'
import { Timestamp } from '../components/timestamp.tsx'
import type { Paging } from '../responses/paging.ts'
import { linkPath, shortUrlOf } from '../short-url.ts'
import { LinkPagination, NoLinksFound } from './link-results.tsx'
import type { LinkList } from './list-links.ts'
import { SearchForm } from './search-form.tsx'

export interface DashboardProps {
  readonly frame: Frame
  readonly shortBaseUrl: string
  readonly list: LinkList
  readonly totals: LinkTotals
  readonly paging: Paging
  readonly now: number
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
        {props.totals.links > 0 && <SearchForm query={props.paging.query} />}
      </div>
      <Content {...props} />
      {props.suggestsFactor && <FactorPrompt />}
    </Layout>
  )
}

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
  const { list, paging, totals } = props
  if (totals.links === 0) return <NoLinks />
  if (list.links.length === 0) return <NoLinksFound {...{ list, paging }} />
  return (
    <>
      <LinkTable {...props} />
      <LinkPagination {...{ list, paging, total: totals.links }} />
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
    </div>
  )
}

function LinkTable(props: DashboardProps) {
  return (
    <table>
      <caption class="visually-hidden">Links, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Link</th>
          <th scope="col" class="number">
            Clicks
          </th>
          <th scope="col">Created</th>
          <th scope="col">
            <span class="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.list.links.map((link) => (
          <LinkRow {...props} link={link} />
        ))}
      </tbody>
    </table>
  )
}

interface LinkRowProps extends DashboardProps {
  readonly link: LinkWithClicks
}

function LinkRow({ link, now, shortBaseUrl, frame }: LinkRowProps) {
  const shortUrl = shortUrlOf(shortBaseUrl, link.shortCode)
  return (
    <tr>
      <th scope="row" class="wide">
        <div class="link-cell">
          <span class="short">{withoutScheme(shortUrl)}</span>
          <span class="destination">{link.destination}</span>
          <TakeDownTag link={link} />
          <ExpiryTag link={link} now={now} />
        </div>
      </th>
      <td class="number" data-label="Clicks">
        {link.clickCount.toLocaleString('en')}
      </td>
      <td class="date" data-label="Created">
        <Timestamp instant={link.createdAt} precision="day" />
      </td>
      <td class="wide">
        <RowActions link={link} shortUrl={shortUrl} csrfToken={frame.csrfToken} />
      </td>
    </tr>
  )
}

function TakeDownTag({ link: { takeDown } }: Pick<LinkRowProps, 'link'>) {
  if (takeDown === null) return null
  return (
    <span>
      <span class="tag">Taken down because of {takeDownTexts[takeDown.reason]}</span>
    </span>
  )
}

function ExpiryTag({ link, now }: Pick<LinkRowProps, 'link' | 'now'>) {
  if (link.expiresAt === null) return null
  return (
    <span>
      <span class="tag">
        {isLinkExpired(link, now) ? 'Expired' : 'Expires'}{' '}
        <Timestamp instant={link.expiresAt} precision="minute" />
      </span>
    </span>
  )
}

interface RowActionsProps {
  readonly link: LinkWithClicks
  readonly shortUrl: string
  readonly csrfToken: string
}

function RowActions({ link, shortUrl, csrfToken }: RowActionsProps) {
  return (
    <div class="row-actions">
      <CopyButton text={shortUrl} label="Copy" variant="plain" subject={link.shortCode} />
      <a href={shortUrl} rel="noopener">
        Open<span class="visually-hidden"> {link.shortCode}</span>
      </a>
      <a href={linkPath(link.shortCode)}>
        Stats<span class="visually-hidden"> for {link.shortCode}</span>
      </a>
      <a href={linkPath(link.shortCode, 'edit')}>
        Edit<span class="visually-hidden"> {link.shortCode}</span>
      </a>
      <details>
        <summary>
          Delete<span class="visually-hidden"> {link.shortCode}</span>
        </summary>
        <form class="confirm" method="post" action={linkPath(link.shortCode, 'delete')}>
          <CsrfField token={csrfToken} />
          <p>
            Delete /{link.shortCode}? It will stop working for everyone and the code cannot be
            reused.
          </p>
          <button class="button danger small" type="submit">
            Delete {link.shortCode}
          </button>
        </form>
      </details>
    </div>
  )
}
