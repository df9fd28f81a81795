import type { ClickReport } from '../../../application/links/report-clicks.ts'
import { bucketText } from '../components/texts.ts'
import { ClickChart } from './click-chart.tsx'
import { BucketSection, OriginTables } from './click-tables.tsx'
import { RangeForm, type RangeFormProps } from './range-form.tsx'

export interface ClickStatisticsProps {
  readonly form: RangeFormProps
  /** `null` if the form has errors. */
  readonly report: ClickReport | null
}

/** The statistics of a link. */
export function ClickStatistics({ form, report }: ClickStatisticsProps) {
  return (
    <section class="statistics" aria-label="Statistics">
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
    </section>
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
