import type { ClickBucket, ClickReport } from '../../../application/links/report-clicks.ts'
import type { ClickCount } from '../../../domain/click-tally.ts'
import { countryName } from '../../../domain/location.ts'
import { hour } from '../../../domain/time.ts'
import { type Stat, StatList } from '../components/stat-list.tsx'
import { bucketText } from '../components/texts.ts'

interface ReportProps {
  readonly report: ClickReport
}

/** Clicks by referrer, country and browser. */
export function OriginTables({ report }: ReportProps) {
  const { totalClicks: total, byReferrer, byCountry, byAgent } = report
  const referrers = toStats(byReferrer, {
    total,
    labelOf: (host) => host ?? 'Direct / unknown',
  })
  const countries = toStats(byCountry, {
    total,
    labelOf: (code) => (code === null ? 'Unknown' : countryName(code)),
  })
  const agents = toStats(byAgent, { total, labelOf: (agent) => agent ?? 'Other' })
  return (
    <>
      <StatList
        {...{ id: 'referrers', heading: 'Referrers', column: 'Site', total }}
        stats={referrers}
      />
      <StatList
        {...{ id: 'countries', heading: 'Countries', column: 'Country', total }}
        stats={countries}
      />
      <StatList
        {...{ id: 'agents', heading: 'Browsers', column: 'Browser', total }}
        stats={agents}
      />
    </>
  )
}

interface LabelFormatter {
  readonly total: number
  labelOf(key: string | null): string
}

/** Sorted by clicks, then by name, so that both databases give one order. The clicks beyond the listed groups come last. */
function toStats(
  counts: readonly ClickCount<string | null>[],
  { total, labelOf }: LabelFormatter,
): readonly Stat[] {
  const stats = counts
    .map(({ key, clicks }) => ({ name: labelOf(key), clicks }))
    .toSorted((a, b) => b.clicks - a.clicks || a.name.localeCompare(b.name, 'en'))
  const rest = total - counts.reduce((sum, { clicks }) => sum + clicks, 0)
  return rest > 0 ? [...stats, { name: 'All others', clicks: rest }] : stats
}

const granularityHeadings = {
  day: 'Daily clicks',
  month: 'Monthly clicks',
  year: 'Yearly clicks',
} as const
const granularityNames = { day: 'Day', month: 'Month', year: 'Year' } as const

/** A longer table is collapsed, so that the end of the page stays close. */
const maxOpenRows = 31

/** The numbers of the chart as a table. */
export function BucketSection({ report }: ReportProps) {
  const { granularity, buckets } = report
  return (
    <section class="stat-list">
      <h2 id="numbers">{granularityHeadings[granularity]}</h2>
      {buckets.length <= maxOpenRows ? (
        <BucketTable report={report} />
      ) : (
        <details>
          <summary class="button secondary small">
            All {buckets.length} {granularity}s
          </summary>
          <BucketTable report={report} />
        </details>
      )}
    </section>
  )
}

function BucketTable({ report: { granularity, buckets, totalClicks } }: ReportProps) {
  return (
    // A link to the id of the table opens the <details> around it.
    <table id="number-table" aria-labelledby="numbers">
      <thead>
        <tr>
          <th scope="col">{granularityNames[granularity]}</th>
          <th scope="col" class="number">
            Clicks
          </th>
        </tr>
      </thead>
      <tbody>
        {buckets.map((bucket) => (
          <BucketRow bucket={bucket} isDay={granularity === 'day'} />
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Total</th>
          <td class="number">{totalClicks.toLocaleString('en')}</td>
        </tr>
      </tfoot>
    </table>
  )
}

interface BucketRowProps {
  readonly bucket: ClickBucket
  readonly isDay: boolean
}

function BucketRow({ bucket, isDay }: BucketRowProps) {
  const hours = (bucket.end - bucket.start) / hour
  return (
    <tr>
      <th scope="row">
        <time datetime={bucket.key}>{bucketText(bucket.key, 'full')}</time>
        {isDay && hours !== 24 && <span class="tag">{hours} hours</span>}
      </th>
      <td class="number">{bucket.clicks.toLocaleString('en')}</td>
    </tr>
  )
}
