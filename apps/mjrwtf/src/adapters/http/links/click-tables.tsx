import type { ClickBucket, ClickReport } from '../../../application/links/report-clicks.ts'
import { parseCityText } from '../../../domain/click.ts'
import type { ClickCount } from '../../../domain/click-tally.ts'
import { countryName } from '../../../domain/location.ts'
import { hour } from '../../../domain/time.ts'
import { type Stat, StatList } from '../components/stat-list.tsx'
import { bucketText } from '../components/texts.ts'

interface ReportProps {
  readonly report: ClickReport
}

/** Clicks by their origins. Cities only if one is known. */
export function OriginTables({ report }: ReportProps) {
  const { totalClicks: total, byReferrer, byCountry, byCity, byAgent } = report
  const referrers = toStats(byReferrer, {
    total,
    labelOf: (host) => host ?? 'Direct / unknown',
  })
  const countries = toStats(byCountry, {
    total,
    labelOf: (code) => (code === null ? 'Unknown' : countryName(code)),
  })
  const cities = toStats(byCity, { total, labelOf: cityLabel })
  const agents = toStats(byAgent, { total, labelOf: (agent) => agent ?? 'Other' })
  const systems = toStats(report.bySystem, { total, labelOf: (system) => system ?? 'Other' })
  const devices = toStats(report.byDevice, { total, labelOf: (device) => device ?? 'Unknown' })
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
      {byCity.some(({ key }) => key !== null) && (
        <StatList {...{ id: 'cities', heading: 'Cities', column: 'City', total }} stats={cities} />
      )}
      <StatList
        {...{ id: 'agents', heading: 'Browsers', column: 'Browser', total }}
        stats={agents}
      />
      <StatList
        {...{ id: 'systems', heading: 'Operating systems', column: 'System', total }}
        stats={systems}
      />
      <StatList
        {...{ id: 'devices', heading: 'Devices', column: 'Device', total }}
        stats={devices}
      />
    </>
  )
}

/** Clicks of bots by name. */
export function BotTable({ report: { totalBotClicks: total, byBot } }: ReportProps) {
  if (total === 0) return null
  const stats = toStats(byBot, { total, labelOf: (bot) => bot ?? 'Other bots' })
  return <StatList {...{ id: 'bots', heading: 'Bots', column: 'Bot', total, stats }} />
}

function cityLabel(key: string | null): string {
  if (key === null) return 'Unknown'
  const { city, country } = parseCityText(key)
  return country === null ? city : `${city}, ${countryName(country)}`
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
const maxOpenRows = 14

/** The numbers of the chart as a table. */
export function BucketSection(props: BucketTableProps) {
  const { report } = props
  const { granularity, buckets } = report
  return (
    <section class="stat-list">
      <h2 id="numbers">{granularityHeadings[granularity]}</h2>
      {buckets.length <= maxOpenRows ? (
        <BucketTable {...props} />
      ) : (
        <details>
          <summary class="button secondary small">
            All {buckets.length} {granularity}s
          </summary>
          <BucketTable {...props} />
        </details>
      )}
    </section>
  )
}

interface BucketTableProps extends ReportProps {
  readonly showsBots: boolean
}

function BucketTable({ report, showsBots }: BucketTableProps) {
  const { granularity, buckets, totalClicks } = report
  return (
    // A link to the id of the table opens the <details> around it.
    <table id="number-table" aria-labelledby="numbers">
      <thead>
        <tr>
          <th scope="col">{granularityNames[granularity]}</th>
          <th scope="col" class="number">
            Clicks
          </th>
          <th scope="col" class="number">
            Visitors
          </th>
          {showsBots && (
            <th scope="col" class="number">
              Bots
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {buckets.map((bucket) => (
          <BucketRow bucket={bucket} isDay={granularity === 'day'} showsBots={showsBots} />
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Total</th>
          <td class="number">{totalClicks.toLocaleString('en')}</td>
          <td class="number">{report.totalVisitors.toLocaleString('en')}</td>
          {showsBots && <td class="number">{report.totalBotClicks.toLocaleString('en')}</td>}
        </tr>
      </tfoot>
    </table>
  )
}

interface BucketRowProps {
  readonly bucket: ClickBucket
  readonly isDay: boolean
  readonly showsBots: boolean
}

function BucketRow({ bucket, isDay, showsBots }: BucketRowProps) {
  const hours = (bucket.end - bucket.start) / hour
  return (
    <tr>
      <th scope="row">
        <time datetime={bucket.key}>{bucketText(bucket.key, 'full')}</time>
        {isDay && hours !== 24 && <span class="tag">{hours} hours</span>}
      </th>
      <td class="number">{bucket.clicks.toLocaleString('en')}</td>
      <td class="number">{bucket.visitors.toLocaleString('en')}</td>
      {showsBots && <td class="number">{bucket.botClicks.toLocaleString('en')}</td>}
    </tr>
  )
}
