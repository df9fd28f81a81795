import type { ListedLink } from '../../../application/ports/link-list.ts'
import { shownDestination } from '../../../domain/link.ts'
import { takeDownTexts } from '../../../domain/take-down.ts'
import { UrlText } from '../components/destination.tsx'
import { CsrfField } from '../components/fields.tsx'
import { CopyButton, withoutScheme } from '../components/link-card.tsx'
import { Timestamp } from '../components/timestamp.tsx'
import { linkPath, linkUrl } from '../short-url.ts'
import { bulkFormId } from './bulk-form.tsx'
import { type ListSelection, selectionFields } from './list-query.ts'

interface LinkItemProps {
  readonly link: ListedLink
  /** Of the list. A tag of the link replaces its tag. */
  readonly query: ListSelection
  readonly shortBaseUrl: string
  readonly csrfToken: string
}

/** A link in the list of its owner. */
export function LinkItem({ link, query, shortBaseUrl, csrfToken }: LinkItemProps) {
  const shortUrl = linkUrl(shortBaseUrl, link)
  return (
    <li class="link-item" data-item="">
      <label class="link-select">
        <input
          type="checkbox"
          name="selected"
          value={link.shortCode}
          form={bulkFormId}
          data-shortcut="x"
        />
        <span class="visually-hidden">Select {link.shortCode}</span>
      </label>
      <div class="link-main">
        <h2>
          <a href={linkPath(link.shortCode)}>
            {link.title === '' ? withoutScheme(shortUrl) : <bdi>{link.title}</bdi>}
          </a>
        </h2>
        {link.title !== '' && <p class="short">{withoutScheme(shortUrl)}</p>}
        <p class="destination">
          <UrlText text={shownDestination(link)} />
        </p>
        <LinkMarks {...{ link, query }} />
      </div>
      <dl class="link-numbers">
        <div>
          <dt>{link.clickCount === 1 ? 'click' : 'clicks'}</dt>
          <dd>{link.clickCount.toLocaleString('en')}</dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <Timestamp instant={link.createdAt} precision="day" />
          </dd>
        </div>
      </dl>
      <LinkActions {...{ link, shortUrl, csrfToken }} />
    </li>
  )
}

/** The tags of the link, and what is special about its state. */
function LinkMarks({ link, query }: Pick<LinkItemProps, 'link' | 'query'>) {
  const state = <StateMark link={link} />
  if (link.tags.length === 0 && link.state === 'active' && link.expiresAt === null) return null
  return (
    <ul class="marks" aria-label={`State and tags of ${link.shortCode}`}>
      {(link.state !== 'active' || link.expiresAt !== null) && <li>{state}</li>}
      {link.tags.map((tag) => (
        <li>
          <a class="tag" href={`/dashboard?${tagQuery(query, tag)}`}>
            <span class="visually-hidden">Tag </span>
            <bdi>{tag}</bdi>
          </a>
        </li>
      ))}
    </ul>
  )
}

function tagQuery(query: ListSelection, tag: string): URLSearchParams {
  return new URLSearchParams(selectionFields({ ...query, tag }))
}

function StateMark({ link }: Pick<LinkItemProps, 'link'>) {
  const { takeDown, expiresAt, startsAt } = link
  if (takeDown !== null) {
    return <span class="tag warning">Taken down because of {takeDownTexts[takeDown.reason]}</span>
  }
  if (link.state === 'archived') return <span class="tag">Archived</span>
  if (link.state === 'scheduled' && startsAt !== null) {
    return <InstantMark label="Starts" instant={startsAt} />
  }
  if (link.state === 'ended' && (expiresAt === null || link.clickLimit !== null)) {
    return <span class="tag">Ended</span>
  }
  if (expiresAt === null) return null
  return <InstantMark label={link.state === 'ended' ? 'Expired' : 'Expires'} instant={expiresAt} />
}

interface InstantMarkProps {
  readonly label: string
  readonly instant: number
}

function InstantMark({ label, instant }: InstantMarkProps) {
  return (
    <span class="tag">
      {label} <Timestamp instant={instant} precision="minute" />
    </span>
  )
}

interface LinkActionsProps {
  readonly link: ListedLink
  readonly shortUrl: string
  readonly csrfToken: string
}

function LinkActions({ link, shortUrl, csrfToken }: LinkActionsProps) {
  const { shortCode } = link
  return (
    <div class="row-actions">
      <CopyButton text={shortUrl} label="Copy" variant="plain" subject={shortCode} />
      <a href={shortUrl} rel="noopener">
        Open<span class="visually-hidden"> {shortCode}</span>
      </a>
      <a href={linkPath(shortCode)}>
        Stats<span class="visually-hidden"> for {shortCode}</span>
      </a>
      <a href={linkPath(shortCode, 'edit')} data-shortcut="e">
        Edit<span class="visually-hidden"> {shortCode}</span>
      </a>
      <details>
        <summary>
          Delete<span class="visually-hidden"> {shortCode}</span>
        </summary>
        <form class="confirm" method="post" action={linkPath(shortCode, 'delete')}>
          <CsrfField token={csrfToken} />
          <p>Delete /{shortCode}? It stops working for everyone. You can restore it for 30 days.</p>
          <button class="button danger small" type="submit">
            Delete {shortCode}
          </button>
        </form>
      </details>
    </div>
  )
}
