import type { ClickReport } from '../../../application/links/report-clicks.ts'
import type { LinkWithClicks } from '../../../application/ports/link-repository.ts'
import { isLinkExpired } from '../../../domain/link.ts'
import { type TakeDown, takeDownTexts } from '../../../domain/take-down.ts'
import { Alert } from '../components/alerts.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { CopyButton, withoutScheme } from '../components/link-card.tsx'
import { bucketText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'
import { linkPath, shortUrlOf } from '../short-url.ts'
import { ClickChart } from './click-chart.tsx'
import { BucketSection, OriginTables } from './click-tables.tsx'
import { RangeForm, type RangeFormProps } from './range-form.tsx'

export interface ClicksPageProps {
  readonly frame: Frame
  readonly shortBaseUrl: string
  readonly link: LinkWithClicks
  readonly now: number
  readonly form: RangeFormProps
  /** `null` if the form has errors. */
  readonly report: ClickReport | null
}

/** The statistics of a link. */
export function ClicksPage(props: ClicksPageProps) {
  const { frame, link, report, form } = props
  return (
    <Layout frame={frame} title={`Statistics for /${link.shortCode}`}>
      <LinkHeader {...props} />
      <RangeForm {...form} />
      {report !== null && (
        <>
          <Chart report={report} />
          <div class="breakdown">
            {report.totalClicks > 0 && <OriginTables report={report} />}
            <BucketSection report={report} />
          </div>
        </>
      )}
    </Layout>
  )
}

function LinkHeader({ link, shortBaseUrl, now }: ClicksPageProps) {
  const shortUrl = shortUrlOf(shortBaseUrl, link.shortCode)
  return (
    <div class="head">
      <div class="about">
        <p class="back">
          <a href="/dashboard">Links</a>
        </p>
        <h1>/{link.shortCode}</h1>
        <p class="short-url">
          <a href={shortUrl} rel="noopener">
            {withoutScheme(shortUrl)}
          </a>
        </p>
        <p class="destination">Destination: {link.destination}</p>
        {link.takeDown !== null && <TakenDown takeDown={link.takeDown} />}
        <p class="hint">
          Created <Timestamp instant={link.createdAt} precision="day" /> ·{' '}
          <Expiry link={link} now={now} />
        </p>
      </div>
      <p class="actions">
        <CopyButton text={shortUrl} label="Copy link" variant="button" />
        {link.takeDown === null && (
          <a class="button secondary" href={linkPath(link.shortCode, 'edit')}>
            Edit link
          </a>
        )}
      </p>
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

function Expiry({ link, now }: Pick<ClicksPageProps, 'link' | 'now'>) {
  if (link.expiresAt === null) return <>Never expires</>
  return (
    <>
      {isLinkExpired(link, now) ? 'Expired' : 'Expires'}{' '}
      <Timestamp instant={link.expiresAt} precision="minute" />
    </>
  )
}

function Chart({ report }: { readonly report: ClickReport }) {
  const { range, zone, totalClicks, granularity } = report
  const days = [...new Set([range.from, range.to])].map((day) => bucketText(day, 'brief'))
  return (
    <section class="card chart-card" aria-labelledby="chart-heading">
      <div class="chart-head">
        <div>
          <h2 id="chart-heading">Clicks by {granularity}</h2>
          <p class="hint">
            {days.join(' to ')} ({zone.replaceAll('_', ' ')})
          </p>
        </div>
        <p class="chart-total">
          <b>{totalClicks.toLocaleString('en')}</b> {totalClicks === 1 ? 'click' : 'clicks'}
        </p>
      </div>
      {totalClicks === 0 ? (
        <p class="lead">No clicks in this period.</p>
      ) : (
        <ClickChart report={report} />
      )}
      <p class="hint">
        {granularity !== 'day' &&
          `Ranges over a year are grouped by ${granularity}; the first and last ${granularity} may be partial. `}
        <a href="#number-table">View as table</a>
      </p>
    </section>
  )
}
