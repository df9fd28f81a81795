import type { ClickReport } from '../../../application/links/report-clicks.ts'
import type { LinkWithClicks } from '../../../application/ports/link-repository.ts'
import { hasExpired } from '../../../domain/link.ts'
import { bucketText, minuteText } from '../components/dates.ts'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { CopyButton, withoutScheme } from '../components/link-card.tsx'
import { shortUrlOf } from '../short-url.ts'
import { ClickChart } from './click-chart.tsx'
import { BucketSection, OriginTables } from './click-tables.tsx'
import { RangeForm, type RangeFormProps } from './range-form.tsx'

export interface ClicksPageProps {
  readonly frame: Frame
  readonly shortBaseUrl: string
  readonly link: LinkWithClicks
  readonly now: number
  readonly form: RangeFormProps
  /** `null` while the form has problems. */
  readonly report: ClickReport | null
}

/** How often a link was followed. */
export function ClicksPage(props: ClicksPageProps) {
  const { frame, link, report, form } = props
  return (
    <Layout frame={frame} title={`Clicks on ${link.shortCode}`}>
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
          <a href="/dashboard">All your links</a>
        </p>
        <h1>Clicks on {link.shortCode}</h1>
        <p class="short-url">
          <a href={shortUrl} rel="noopener">
            {withoutScheme(shortUrl)}
          </a>
        </p>
        <p class="destination">leads to {link.destination}</p>
        <p class="hint">
          Made {minuteText(link.createdAt)}. {expiryText(link, now)}
        </p>
      </div>
      <p class="actions">
        <CopyButton text={shortUrl} label="Copy link" variant="button" />
        <a class="button secondary" href={`/links/${link.shortCode}/edit`}>
          Edit link
        </a>
      </p>
    </div>
  )
}

function expiryText(link: LinkWithClicks, now: number): string {
  if (link.expiresAt === null) return 'It does not expire.'
  const when = minuteText(link.expiresAt)
  return hasExpired(link, now) ? `It expired ${when}.` : `It expires ${when}.`
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
            {days.join(' to ')}, days in {zone.replaceAll('_', ' ')}
          </p>
        </div>
        <p class="chart-total">
          <b>{totalClicks.toLocaleString('en')}</b> {totalClicks === 1 ? 'click' : 'clicks'}
        </p>
      </div>
      {totalClicks === 0 ? (
        <p class="lead">Nobody followed the link in these days.</p>
      ) : (
        <ClickChart report={report} />
      )}
      <p class="hint">
        {granularity !== 'day' &&
          `More than 366 days are shown by ${granularity}; the first and the last one hold the days of the range alone. `}
        <a href="#number-table">The same numbers in a table</a>
      </p>
    </section>
  )
}
