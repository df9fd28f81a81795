import type { ClickReport, PeriodTotals } from '../../../application/links/report-clicks.ts'
import { bucketText } from '../components/texts.ts'
import { linkPath } from '../short-url.ts'
import { ClickChart } from './click-chart.tsx'
import { BotTable, BucketSection, OriginTables } from './click-tables.tsx'
import { HourSection } from './hour-section.tsx'
import { RangeForm, type RangeFormProps, rangeQuery } from './range-form.tsx'

export interface ClickStatisticsProps {
  readonly shortCode: string
  /** On the link so far. A script shows those that are new. */
  readonly clickCount: number
  readonly form: RangeFormProps
  /** `null` if the form has errors. */
  readonly report: ClickReport | null
}

/** The statistics of a link. */
export function ClickStatistics({ report, ...props }: ClickStatisticsProps) {
  return (
    <section class="statistics" id="statistics" aria-label="Statistics">
      <RangeForm {...props.form} />
      {report !== null && <Report {...props} report={report} />}
    </section>
  )
}

interface ReportProps extends ClickStatisticsProps {
  readonly report: ClickReport
}

function Report(props: ReportProps) {
  const { form, report } = props
  const { showsBots } = form
  return (
    <>
      <NewClicks {...props} />
      <Chart {...props} />
      <div class="breakdown">
        {report.totalClicks > 0 && <OriginTables report={report} />}
        {showsBots && <BotTable report={report} />}
        {report.totalClicks > 0 && <HourSection report={report} />}
        <BucketSection report={report} showsBots={showsBots} />
      </div>
    </>
  )
}

/** Hidden until the link is clicked while the page is open. */
function NewClicks({ shortCode, clickCount, form, report }: ReportProps) {
  const address = linkPath(shortCode, 'clicks')
  return (
    <p class="hint" data-new-clicks={address} data-clicks={String(clickCount)} hidden>
      <span data-text></span>{' '}
      <a href={`${form.path}?${rangeQuery(form, report.quickRange)}#statistics`}>Show them</a>
    </p>
  )
}

function Chart({ shortCode, form, report }: ReportProps) {
  const { range, zone, totalClicks, granularity } = report
  const { showsBots } = form
  const days = [...new Set([range.from, range.to])].map((day) => bucketText(day, 'brief'))
  const hasColumns = totalClicks > 0 || (showsBots && report.totalBotClicks > 0)
  return (
    <section class="card chart-card" aria-labelledby="chart-heading">
      <div class="chart-head">
        <div>
          <h2 id="chart-heading">Clicks by {granularity}</h2>
          <p class="hint">
            {days.join(' to ')} ({zone.replaceAll('_', ' ')})
          </p>
        </div>
        <Figures report={report} />
      </div>
      {hasColumns ? (
        <ClickChart report={report} showsBots={showsBots} />
      ) : (
        <p class="lead">No clicks in this period.</p>
      )}
      <p class="hint">
        {granularity !== 'day' &&
          `Ranges over a year are grouped by ${granularity}; the first and last ${granularity} may be partial. `}
        <a href="#number-table">View as table</a>
      </p>
      <Tools {...{ shortCode, form, report }} />
    </section>
  )
}

/** The totals of the range, and their change from the period before. */
function Figures({
  report: { totalClicks, totalVisitors, totalBotClicks, previous },
}: ReportFigures) {
  return (
    <div class="figures">
      <div>
        <p class="chart-total">
          <b>{totalClicks.toLocaleString('en')}</b> {totalClicks === 1 ? 'click' : 'clicks'}
        </p>
        {previous !== null && (
          <Change now={totalClicks} before={previous.clicks} previous={previous} />
        )}
      </div>
      <div>
        <p class="chart-total">
          <b>{totalVisitors.toLocaleString('en')}</b> {totalVisitors === 1 ? 'visitor' : 'visitors'}
        </p>
        {previous !== null && (
          <Change now={totalVisitors} before={previous.visitors} previous={previous} />
        )}
      </div>
      <div>
        <p class="chart-total">
          <b>{totalBotClicks.toLocaleString('en')}</b> by bots
        </p>
        <p class="change">not counted as clicks</p>
      </div>
    </div>
  )
}

interface ReportFigures {
  readonly report: ClickReport
}

interface ChangeProps {
  readonly now: number
  readonly before: number
  readonly previous: PeriodTotals
}

const percent = new Intl.NumberFormat('en', {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
})

function Change({ now, before, previous: { range } }: ChangeProps) {
  const days = [...new Set([range.from, range.to])].map((day) => bucketText(day, 'brief'))
  const text = before === 0 ? '' : `${percent.format((now - before) / before)} · `
  return (
    <p class="change" title={days.join(' to ')}>
      {text}
      {before.toLocaleString('en')} in the period before
    </p>
  )
}

/** What else can be done with the report: show bots, download it. */
function Tools({ shortCode, form, report }: Omit<ReportProps, 'clickCount'>) {
  const query = rangeQuery(form, report.quickRange)
  const other = new URLSearchParams(query)
  if (form.showsBots) other.delete('bots')
  else other.set('bots', '1')
  return (
    <ul class="chart-tools">
      <li>
        <a href={`${form.path}?${other}#statistics`}>
          {form.showsBots ? 'Hide bots' : 'Show bots'}
        </a>
      </li>
      <li>
        <a href={`${linkPath(shortCode, 'statistics.csv')}?${query}`}>Download as CSV</a>
      </li>
    </ul>
  )
}
