import type { ReportedLink } from '../../../application/operator/manage-links.ts'
import type { LinkReport } from '../../../domain/link-report.ts'
import { takeDownReasons } from '../../../domain/take-down.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { withoutScheme } from '../components/link-card.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { countText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'
import { linkUrl } from '../short-url.ts'
import { reasonLabels } from './reason-labels.ts'

interface ManagedLinkPageProps extends ReportedLink {
  readonly frame: Frame
  readonly shortBaseUrl: string
  /** The reason to select, if it is one. */
  readonly reason: string | null
}

export function managedLinkPath(id: string): string {
  return `/settings/links/${encodeURIComponent(id)}`
}

/** One link of any user, with what was reported about it and what an administrator can do. */
export function ManagedLinkPage(props: ManagedLinkPageProps) {
  const { frame, link, shortBaseUrl, reports } = props
  const title = withoutScheme(linkUrl(shortBaseUrl, link))
  return (
    <SettingsLayout frame={frame} title={title} section="/settings/links">
      <div class="narrow stack">
        <State {...props} />
        <Facts {...props} />
        {reports.length > 0 && <Reports {...props} />}
        {link.takeDown === null ? <TakeDownForm {...props} /> : <RestoreForm {...props} />}
      </div>
    </SettingsLayout>
  )
}

function State({ link }: ManagedLinkPageProps) {
  if (link.takeDown !== null) {
    return (
      <Alert kind="info">
        <p>
          <strong>Taken down</strong> since{' '}
          <Timestamp instant={link.takeDown.at} precision="minute" />. Reason:{' '}
          {reasonLabels[link.takeDown.reason].toLowerCase()}.
        </p>
      </Alert>
    )
  }
  if (link.removedAt === null) return null
  return (
    <Alert kind="info">
      <p>
        <strong>Deleted by its owner</strong> on{' '}
        <Timestamp instant={link.removedAt} precision="minute" />. It does not redirect.
      </p>
    </Alert>
  )
}

/** The destination is text, not a link: it may be what was reported. */
function Facts({ link }: ManagedLinkPageProps) {
  return (
    <section class="device" aria-label="Link">
      <dl>
        <div class="wide">
          <dt>Destination</dt>
          <dd class="breakable">{link.destination}</dd>
        </div>
        <div class="wide">
          <dt>Owner</dt>
          <dd>
            <a href={`/settings/users/${encodeURIComponent(link.ownerId)}`}>{link.ownerEmail}</a>
          </dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <Timestamp instant={link.createdAt} precision="minute" />
          </dd>
        </div>
        <div>
          <dt>Clicks</dt>
          <dd>{link.clickCount.toLocaleString('en')}</dd>
        </div>
        {link.expiresAt !== null && (
          <div>
            <dt>Expires</dt>
            <dd>
              <Timestamp instant={link.expiresAt} precision="minute" />
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}

function Reports({ link, reports, frame }: ManagedLinkPageProps) {
  return (
    <section class="card stack" aria-labelledby="reports">
      <h2 id="reports">{countText(reports.length, 'report')}</h2>
      <ul class="devices">
        {reports.map((report) => (
          <ReportItem report={report} />
        ))}
      </ul>
      <form method="post" action={`${managedLinkPath(link.id)}/dismiss`} data-once="">
        <CsrfField token={frame.csrfToken} />
        <button class="button secondary" type="submit">
          Dismiss {reports.length === 1 ? 'the report' : 'all reports'}
        </button>
      </form>
    </section>
  )
}

function ReportItem({ report }: { readonly report: LinkReport }) {
  return (
    <li class="stack">
      <p>
        <strong>{reasonLabels[report.reason]}</strong>{' '}
        <span class="hint">
          <Timestamp instant={report.createdAt} precision="minute" />
        </span>
      </p>
      {report.comment !== '' && <ReportComment comment={report.comment} />}
    </li>
  )
}

/** What a visitor wrote, in its own direction. */
export function ReportComment({ comment }: { readonly comment: string }) {
  return (
    <blockquote class="report-comment breakable" dir="auto">
      {comment}
    </blockquote>
  )
}

function TakeDownForm({ link, reports, reason, frame }: ManagedLinkPageProps) {
  const selected = reason ?? reports.at(0)?.reason
  return (
    <section class="card stack" aria-labelledby="take-down">
      <h2 id="take-down">Take down</h2>
      <p>
        The link stops redirecting at once: visitors see the kind of reason. Its owner receives an
        email and cannot change it. The code is never used again. Reports of it are closed.
      </p>
      <form
        class="stack"
        method="post"
        action={`${managedLinkPath(link.id)}/take-down`}
        data-once=""
      >
        <CsrfField token={frame.csrfToken} />
        <ReasonField selected={selected} />
        <div>
          <button class="button danger" type="submit">
            Take down
          </button>
        </div>
      </form>
    </section>
  )
}

/** Before a choice, the reason of the newest report is selected. */
function ReasonField({ selected }: { readonly selected: string | undefined }) {
  return (
    <div class="field">
      <label for="reason">Reason, for visitors and the owner</label>
      <select id="reason" name="reason">
        {takeDownReasons.map((reason) => (
          <option value={reason} selected={reason === selected}>
            {reasonLabels[reason]}
          </option>
        ))}
      </select>
    </div>
  )
}

function RestoreForm({ link, frame }: ManagedLinkPageProps) {
  return (
    <section class="card stack" aria-labelledby="restore">
      <h2 id="restore">Restore</h2>
      <p>The link redirects again, unless it has ended or was deleted. Its owner is notified.</p>
      <form method="post" action={`${managedLinkPath(link.id)}/restore`} data-once="">
        <CsrfField token={frame.csrfToken} />
        <button class="button secondary" type="submit">
          Restore link
        </button>
      </form>
    </section>
  )
}
