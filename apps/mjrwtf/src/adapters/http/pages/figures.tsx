/** `1 click`, `1,204 clicks`. */
export function counted(clicks: number): string {
  return `${clicks.toLocaleString('en')} ${clicks === 1 ? 'click' : 'clicks'}`
}

const percent = new Intl.NumberFormat('en', {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
})

export interface Figure {
  readonly name: string
  readonly clicks: number
}

interface FiguresProps {
  readonly id: string
  readonly heading: string
  /** What each row is. */
  readonly column: string
  /** In the order of the table. */
  readonly figures: readonly Figure[]
  /** What all shares are shares of. */
  readonly total: number
}

/** How many clicks each of several things has had, and their share of all. */
export function Figures({ id, heading, column, figures, total }: FiguresProps) {
  return (
    <section class="figures">
      <h2 id={id}>{heading}</h2>
      <table aria-labelledby={id}>
        <thead>
          <tr>
            <th scope="col">{column}</th>
            <th scope="col" class="number">
              Clicks
            </th>
            <th scope="col" class="number">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {figures.map((figure) => (
            <FigureRow {...figure} share={total === 0 ? 0 : figure.clicks / total} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface FigureRowProps extends Figure {
  /** 0 to 1. */
  readonly share: number
}

function FigureRow({ name, clicks, share }: FigureRowProps) {
  return (
    <tr>
      <th scope="row">
        {name}
        <svg class="meter" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
          <rect width={Math.round(share * 1_000) / 10} height={1} />
        </svg>
      </th>
      <td class="number">{clicks.toLocaleString('en')}</td>
      <td class="number">{percent.format(share)}</td>
    </tr>
  )
}
