/** Size of a column and of the chart, in units that the style sheet stretches. */
const columnWidth = 10
const height = 1_000

/** Up to a week, every column has a label. */
const maxLabels = 7

export interface ChartColumn {
  /** Below the chart, if there is space for it. */
  readonly label: string
  /** Shown when a pointer rests on the column. */
  readonly title: string
  readonly value: number
  /** Stacked on the value in another color. */
  readonly extra: number
}

export interface ColumnChartProps {
  /** Prefix of the ids of its title and description. */
  readonly id: string
  readonly title: string
  readonly description: string
  readonly columns: readonly ChartColumn[]
}

/**
 * A column chart. The SVG is stretched to the available width, so its labels are outside of it. Screen readers get the
 * description, and every number in a table of the page.
 */
export function ColumnChart({ id, title, description, columns }: ColumnChartProps) {
  const scaleMax = scaleMaxFor(Math.max(...columns.map(({ value, extra }) => value + extra)))
  const width = columns.length * columnWidth
  return (
    <figure class="chart">
      <div class="scale" aria-hidden="true">
        {[scaleMax, scaleMax / 2, 0].map((value) => (
          <span>{value.toLocaleString('en')}</span>
        ))}
      </div>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-labelledby={`${id}-title ${id}-description`}
      >
        <title id={`${id}-title`}>{title}</title>
        <desc id={`${id}-description`}>{description}</desc>
        <path class="grid-lines" d={`M0 0H${width}M0 500H${width}`} />
        <Columns columns={columns} scaleMax={scaleMax} />
      </svg>
      <Labels labels={columns.map(({ label }) => label)} />
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

interface ColumnsProps {
  readonly columns: readonly ChartColumn[]
  /** Clicks of a column of full height. */
  readonly scaleMax: number
}

function Columns({ columns, scaleMax }: ColumnsProps) {
  const width = widthOf(columns.length)
  return (
    <>
      {columns.map(({ title, value, extra }, index) => {
        const x = index * columnWidth + (columnWidth - width) / 2
        const [top, extraHeight] = [heightOf(value, scaleMax), heightOf(extra, scaleMax)]
        return (
          <g>
            <title>{title}</title>
            <rect
              class="hover-area"
              x={index * columnWidth}
              y={0}
              width={columnWidth}
              height={height}
            />
            {value > 0 && <rect x={x} y={height - top} width={width} height={top} />}
            {extra > 0 && (
              <rect
                class="extra"
                x={x}
                y={Math.max(0, height - top - extraHeight)}
                width={width}
                height={extraHeight}
              />
            )}
          </g>
        )
      })}
    </>
  )
}

/** Height of a column. One click stays visible next to high columns. */
function heightOf(clicks: number, scaleMax: number): number {
  return clicks === 0 ? 0 : Math.max(10, Math.round((clicks / scaleMax) * height))
}

/** Width of a column. Many columns have smaller gaps. */
function widthOf(columns: number): number {
  if (columns <= 3) return 2
  if (columns <= 14) return 5
  return columns <= 100 ? 7 : 9
}

function Labels({ labels }: { readonly labels: readonly string[] }) {
  if (labels.length <= maxLabels) {
    return (
      <div class="labels each" aria-hidden="true">
        {labels.map((label) => (
          <span>{label.replace(/ \d{4}$/, '')}</span>
        ))}
      </div>
    )
  }
  const visibleLabels = [labels.at(0), labels[Math.floor(labels.length / 2)], labels.at(-1)]
  return (
    <div class="labels" aria-hidden="true">
      {visibleLabels.map((label) => (
        <span>{label}</span>
      ))}
    </div>
  )
}
