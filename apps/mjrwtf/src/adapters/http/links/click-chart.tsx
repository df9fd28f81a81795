import type { ClickReport } from '../../../application/links/report-clicks.ts'
import { bucketText, countText } from '../components/texts.ts'

/** Size of a column and of the chart, in units that the style sheet stretches. */
const columnWidth = 10
const height = 1_000

/** Up to a week, every column has a label. */
const maxLabels = 7

/**
 * A column chart of at least one click. The SVG is stretched to the available width, so its labels are outside of it. Screen
 * readers get the description, and every number in the table of the page.
 */
export function ClickChart({ report }: { readonly report: ClickReport }) {
  const { buckets } = report
  const scaleMax = scaleMaxFor(Math.max(...buckets.map(({ clicks }) => clicks)))
  return (
    <figure class="chart">
      <div class="scale" aria-hidden="true">
        {[scaleMax, scaleMax / 2, 0].map((value) => (
          <span>{value.toLocaleString('en')}</span>
        ))}
      </div>
      <svg
        viewBox={`0 0 ${buckets.length * columnWidth} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-labelledby="chart-title chart-description"
      >
        <title id="chart-title">Clicks by {report.granularity}</title>
        <desc id="chart-description">{describeChart(report)}</desc>
        <path
          class="grid-lines"
          d={`M0 0H${buckets.length * columnWidth}M0 500H${buckets.length * columnWidth}`}
        />
        <Columns report={report} scaleMax={scaleMax} />
      </svg>
      <Labels keys={buckets.map(({ key }) => key)} />
    </figure>
  )
}

/** The smallest round number not below the highest column whose half is an integer too. */
function scaleMaxFor(maxClicks: number): number {
  if (maxClicks <= 10) return Math.max(2, 2 * Math.ceil(maxClicks / 2))
  const power = 10 ** (Math.floor(Math.log10(maxClicks)) - 1)
  const candidates = [10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100].map(
    (candidate) => candidate * power,
  )
  return candidates.find((candidate) => candidate >= maxClicks) ?? maxClicks
}

function describeChart({ buckets, totalClicks, zone, granularity }: ClickReport): string {
  const [first, last] = [buckets.at(0)?.key ?? '', buckets.at(-1)?.key ?? '']
  const range = `from ${bucketText(first, 'brief')} to ${bucketText(last, 'brief')} (${zone})`
  const peak = buckets.reduce((max, each) => (each.clicks > max.clicks ? each : max))
  const peakText = `Busiest ${granularity}: ${bucketText(peak.key, 'full')} (${countText(peak.clicks, 'click')}).`
  return `${countText(totalClicks, 'click')} ${range}. ${peakText} The table below has every number.`
}

interface ColumnsProps {
  readonly report: ClickReport
  /** Clicks of a column of full height. */
  readonly scaleMax: number
}

function Columns({ report: { buckets }, scaleMax }: ColumnsProps) {
  const width = widthOf(buckets.length)
  return (
    <>
      {buckets.map(({ key, clicks }, index) => (
        <g>
          <title>{`${bucketText(key, 'full')}: ${countText(clicks, 'click')}`}</title>
          <rect
            class="hover-area"
            x={index * columnWidth}
            y={0}
            width={columnWidth}
            height={height}
          />
          {clicks > 0 && (
            <rect
              x={index * columnWidth + (columnWidth - width) / 2}
              y={height - heightOf(clicks, scaleMax)}
              width={width}
              height={heightOf(clicks, scaleMax)}
            />
          )}
        </g>
      ))}
    </>
  )
}

/** Height of a column. One click stays visible next to high columns. */
function heightOf(clicks: number, scaleMax: number): number {
  return Math.max(10, Math.round((clicks / scaleMax) * height))
}

/** Width of a column. Many columns have smaller gaps. */
function widthOf(columns: number): number {
  if (columns <= 3) return 2
  if (columns <= 14) return 5
  return columns <= 100 ? 7 : 9
}

function Labels({ keys }: { readonly keys: readonly string[] }) {
  if (keys.length <= maxLabels) {
    return (
      <div class="labels each" aria-hidden="true">
        {keys.map((key) => (
          <span>{bucketText(key, 'brief').replace(/ \d{4}$/, '')}</span>
        ))}
      </div>
    )
  }
  const visibleKeys = [keys.at(0), keys[Math.floor(keys.length / 2)], keys.at(-1)]
  return (
    <div class="labels" aria-hidden="true">
      {visibleKeys.map((key = '') => (
        <span>{bucketText(key, 'brief')}</span>
      ))}
    </div>
  )
}
