import type { ClickReport } from '../../../application/report-clicks.ts'
import { spanText } from './dates.ts'
import { counted } from './figures.tsx'

/** A column of the chart is this wide and the chart this high, in units that the style sheet stretches. */
const columnWidth = 10
const height = 1_000

/** Up to a week, every column has its label. */
const mostLabels = 7

/**
 * Clicks, of which there is one at least, as columns. The drawing is stretched to whatever room there is, so its texts stand beside it. What it
 * shows is said in its description, and number by number in the table of the same page.
 */
export function ClickChart({ report }: { readonly report: ClickReport }) {
  const { spans } = report
  const top = scaleTop(Math.max(...spans.map(({ clicks }) => clicks)))
  return (
    <figure class="chart">
      <div class="scale" aria-hidden="true">
        {[top, top / 2, 0].map((mark) => (
          <span>{mark.toLocaleString('en')}</span>
        ))}
      </div>
      <svg
        viewBox={`0 0 ${spans.length * columnWidth} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-labelledby="chart-title chart-description"
      >
        <title id="chart-title">Clicks by {report.grain}</title>
        <desc id="chart-description">{describe(report)}</desc>
        <path
          class="rules"
          d={`M0 0H${spans.length * columnWidth}M0 500H${spans.length * columnWidth}`}
        />
        <Columns report={report} top={top} />
      </svg>
      <Labels keys={spans.map(({ key }) => key)} />
    </figure>
  )
}

/** The least round number that is not below the highest column, and whose half is a whole number too. */
function scaleTop(highest: number): number {
  if (highest <= 10) return Math.max(2, 2 * Math.ceil(highest / 2))
  const power = 10 ** (Math.floor(Math.log10(highest)) - 1)
  const steps = [10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100].map((step) => step * power)
  return steps.find((step) => step >= highest) ?? highest
}

function describe({ spans, totalClicks, zone, grain }: ClickReport): string {
  const [first, last] = [spans.at(0)?.key ?? '', spans.at(-1)?.key ?? '']
  const range = `from ${spanText(first, 'brief')} to ${spanText(last, 'brief')}, days in ${zone}`
  const best = spans.reduce((most, each) => (each.clicks > most.clicks ? each : most))
  const most = `The most on one ${grain}, ${spanText(best.key, 'full')}: ${counted(best.clicks)}.`
  return `${counted(totalClicks)} ${range}. ${most} The table further down has every number.`
}

interface ColumnsProps {
  readonly report: ClickReport
  /** How many clicks a column of full height stands for. */
  readonly top: number
}

function Columns({ report: { spans }, top }: ColumnsProps) {
  const width = widthOf(spans.length)
  return (
    <>
      {spans.map(({ key, clicks }, at) => (
        <g>
          <title>{`${spanText(key, 'full')}: ${counted(clicks)}`}</title>
          <rect class="hit" x={at * columnWidth} y={0} width={columnWidth} height={height} />
          {clicks > 0 && (
            <rect
              x={at * columnWidth + (columnWidth - width) / 2}
              y={height - heightOf(clicks, top)}
              width={width}
              height={heightOf(clicks, top)}
            />
          )}
        </g>
      ))}
    </>
  )
}

/** A single click is seen, however high the others are. */
function heightOf(clicks: number, top: number): number {
  return Math.max(10, Math.round((clicks / top) * height))
}

/** Few columns stand apart; many close up, or their gaps would be all one sees. */
function widthOf(columns: number): number {
  if (columns <= 3) return 2
  if (columns <= 14) return 5
  return columns <= 100 ? 7 : 9
}

function Labels({ keys }: { readonly keys: readonly string[] }) {
  if (keys.length <= mostLabels) {
    return (
      <div class="labels each" aria-hidden="true">
        {keys.map((key) => (
          <span>{spanText(key, 'brief').replace(/ \d{4}$/, '')}</span>
        ))}
      </div>
    )
  }
  const some = [keys.at(0), keys[Math.floor(keys.length / 2)], keys.at(-1)]
  return (
    <div class="labels" aria-hidden="true">
      {some.map((key = '') => (
        <span>{spanText(key, 'brief')}</span>
      ))}
    </div>
  )
}
