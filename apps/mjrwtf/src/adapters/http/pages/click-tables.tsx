import type { ClickCount } from '../../../application/ports/click-repository.ts'
import type { ClickReport, CountedSpan } from '../../../application/report-clicks.ts'
import { countryName } from '../../../domain/place.ts'
import { hour } from '../../../domain/time.ts'
import { spanText } from './dates.ts'
import { type Figure, Figures } from './figures.tsx'

interface ReportProps {
  readonly report: ClickReport
}

/** Where the clicks came from. */
export function OriginTables({ report }: ReportProps) {
  const { totalClicks: total, byReferrer, byCountry, byAgent } = report
  const referrers = figuresOf(byReferrer, {
    total,
    nameOf: (host) => host ?? 'Direct, or not told',
  })
  const countries = figuresOf(byCountry, {
    total,
    nameOf: (code) => (code === null ? 'Not known' : countryName(code)),
  })
  const agents = figuresOf(byAgent, { total, nameOf: (agent) => agent ?? 'Another, or not told' })
  return (
    <>
      <Figures
        {...{ id: 'referrers', heading: 'Referrers', column: 'Site', total }}
        figures={referrers}
      />
      <Figures
        {...{ id: 'countries', heading: 'Countries', column: 'Country', total }}
        figures={countries}
      />
      <Figures
        {...{ id: 'agents', heading: 'Browsers', column: 'Browser', total }}
        figures={agents}
      />
    </>
  )
}

interface Naming {
  readonly total: number
  nameOf(key: string | null): string
}

/** Most clicks first, then by name on either database; what was not told apart comes last. */
function figuresOf(
  counts: readonly ClickCount<string | null>[],
  { total, nameOf }: Naming,
): readonly Figure[] {
  const figures = counts
    .map(({ key, clicks }) => ({ name: nameOf(key), clicks }))
    .toSorted((a, b) => b.clicks - a.clicks || a.name.localeCompare(b.name, 'en'))
  const rest = total - counts.reduce((sum, { clicks }) => sum + clicks, 0)
  return rest > 0 ? [...figures, { name: 'All others', clicks: rest }] : figures
}

const grainHeadings = { day: 'Day by day', month: 'Month by month', year: 'Year by year' } as const
const grainNames = { day: 'Day', month: 'Month', year: 'Year' } as const

/** More rows than a month has would push the end of the page far away: they wait to be asked for. */
const mostOpenRows = 31

/** The numbers of the chart. */
export function SpanNumbers({ report }: ReportProps) {
  const { grain, spans } = report
  return (
    <section class="figures">
      <h2 id="numbers">{grainHeadings[grain]}</h2>
      {spans.length <= mostOpenRows ? (
        <SpanTable report={report} />
      ) : (
        <details>
          <summary class="button second small">
            All {spans.length} {grain}s
          </summary>
          <SpanTable report={report} />
        </details>
      )}
    </section>
  )
}

function SpanTable({ report: { grain, spans, totalClicks } }: ReportProps) {
  return (
    // A browser that is sent to the table opens what it is folded away in.
    <table id="number-table" aria-labelledby="numbers">
      <thead>
        <tr>
          <th scope="col">{grainNames[grain]}</th>
          <th scope="col" class="number">
            Clicks
          </th>
        </tr>
      </thead>
      <tbody>
        {spans.map((span) => (
          <SpanRow span={span} isDay={grain === 'day'} />
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

interface SpanRowProps {
  readonly span: CountedSpan
  readonly isDay: boolean
}

function SpanRow({ span, isDay }: SpanRowProps) {
  const hours = (span.end - span.start) / hour
  return (
    <tr>
      <th scope="row">
        <time datetime={span.key}>{spanText(span.key, 'full')}</time>
        {isDay && hours !== 24 && <span class="tag">{hours} hours</span>}
      </th>
      <td class="number">{span.clicks.toLocaleString('en')}</td>
    </tr>
  )
}
