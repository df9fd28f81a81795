import type { LinkWithClicks } from '../../../application/ports/link-repository.ts'
import type { LinkEdit } from '../../../domain/link-edit.ts'
import { type TakeDown, takeDownTexts } from '../../../domain/take-down.ts'
import { Alert } from '../components/alerts.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { LinkCard } from '../components/link-card.tsx'
import { type Shortcut, Shortcuts } from '../components/shortcuts.tsx'
import { Timestamp } from '../components/timestamp.tsx'
import { linkPath, linkUrl } from '../short-url.ts'
import { ClickStatistics, type ClickStatisticsProps } from './click-statistics.tsx'
import { LinkActions } from './link-actions.tsx'
import { LinkFacts } from './link-facts.tsx'
import { LinkHistory } from './link-history.tsx'
import { QrForm } from './qr-form.tsx'

export interface LinkPageProps extends Omit<ClickStatisticsProps, 'shortCode' | 'clickCount'> {
  readonly frame: Frame
  readonly shortBaseUrl: string
  readonly link: LinkWithClicks
  /** Newest first. */
  readonly edits: readonly LinkEdit[]
  readonly now: number
}

/** Everything about one link, for its owner. */
export function LinkPage(props: LinkPageProps) {
  const { frame, link, form, report } = props
  return (
    <Layout frame={frame} title={titleOf(link)}>
      <LinkHeader link={link} />
      {link.takeDown !== null && <TakenDown takeDown={link.takeDown} />}
      <LinkOverview {...props} />
      <ClickStatistics
        {...{ shortCode: link.shortCode, clickCount: link.clickCount, form, report }}
      />
      <LinkHistory edits={props.edits} />
      <LinkActions link={link} csrfToken={frame.csrfToken} />
      <Shortcuts frame={frame} shortcuts={linkShortcuts} />
    </Layout>
  )
}

const linkShortcuts: readonly Shortcut[] = [
  ['c', 'Copy the link'],
  ['e', 'Edit the link'],
  ['n', 'New link'],
  ['l', 'All links'],
]

function titleOf({ title, shortCode }: LinkWithClicks): string {
  return title === '' ? `/${shortCode}` : title
}

function LinkHeader({ link }: Pick<LinkPageProps, 'link'>) {
  return (
    <div class="head">
      <div class="about">
        <p class="back">
          <a href="/dashboard" data-shortcut="l">
            Links
          </a>
        </p>
        <h1 dir="auto">{titleOf(link)}</h1>
        {link.archivedAt !== null && (
          <p>
            <span class="tag">Archived</span>
          </p>
        )}
        {link.tags.length > 0 && <Tags tags={link.tags} />}
      </div>
      <p class="actions">
        {link.takeDown === null && (
          <a class="button secondary" href={linkPath(link.shortCode, 'edit')} data-shortcut="e">
            Edit link
          </a>
        )}
        <a href={linkPath(link.shortCode, 'codes')}>Short codes</a>
        <a href="/create" data-shortcut="n">
          Create another
        </a>
      </p>
    </div>
  )
}

function Tags({ tags }: { readonly tags: readonly string[] }) {
  return (
    <ul class="tags" aria-label="Tags">
      {tags.map((tag) => (
        <li>
          <a class="tag" dir="auto" href={`/dashboard?${new URLSearchParams({ tag })}`}>
            {tag}
          </a>
        </li>
      ))}
    </ul>
  )
}

function LinkOverview({ link, shortBaseUrl, now }: LinkPageProps) {
  const shortUrl = linkUrl(shortBaseUrl, link)
  return (
    <div class="link-overview">
      <LinkCard shortUrl={shortUrl} link={link} copyLabel="Copy link" />
      <QrForm shortCode={link.shortCode} />
      <LinkFacts link={link} now={now} />
    </div>
  )
}

function TakenDown({ takeDown }: { readonly takeDown: TakeDown }) {
  return (
    <Alert kind="error">
      <p>
        The operator of this site took this link down on{' '}
        <Timestamp instant={takeDown.at} precision="day" /> because of{' '}
        {takeDownTexts[takeDown.reason]}. Visitors see that it was taken down. It cannot be changed.
      </p>
    </Alert>
  )
}
