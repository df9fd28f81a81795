import type { ClickBucket, ClickReport } from '../../../application/links/report-clicks.ts'
import { bucketText, countText } from '../components/texts.ts'
import { ColumnChart } from './column-chart.tsx'

interface ClickChartProps {
  readonly report: ClickReport
  readonly showsBots: boolean
}

/** The clicks of at least one bucket, and those of bots on request. */
export function ClickChart({ report, showsBots }: ClickChartProps) {
  const columns = report.buckets.map((bucket) => ({
    label: bucketText(bucket.key, 'brief'),
    title: titleOf(bucket, showsBots),
    value: bucket.clicks,
    extra: showsBots ? bucket.botClicks : 0,
  }))
  const title = `Clicks by ${report.granularity}`
  return <ColumnChart id="chart" {...{ title, columns }} description={describeChart(report)} />
}

function titleOf({ key, clicks, visitors, botClicks }: ClickBucket, showsBots: boolean): string {
  const bots = showsBots ? `, ${botClicks.toLocaleString('en')} by bots` : ''
  return `${bucketText(key, 'full')}: ${countText(clicks, 'click')}, ${countText(visitors, 'visitor')}${bots}`
}

function describeChart({ buckets, totalClicks, zone, granularity }: ClickReport): string {
  const [first, last] = [buckets.at(0)?.key ?? '', buckets.at(-1)?.key ?? '']
  const range = `from ${bucketText(first, 'brief')} to ${bucketText(last, 'brief')} (${zone})`
  const peak = buckets.reduce((max, each) => (each.clicks > max.clicks ? each : max))
  const peakText = `Busiest ${granularity}: ${bucketText(peak.key, 'full')} (${countText(peak.clicks, 'click')}).`
  return `${countText(totalClicks, 'click')} ${range}. ${peakText} The table below has every number.`
}
