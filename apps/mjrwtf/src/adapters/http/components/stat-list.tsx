/** `1 click`, `1,204 clicks`. */
export function countText(clicks: number): string {
  return `${clicks.toLocaleString('en')} ${clicks === 1 ? 'click' : 'clicks'}`
}

const percent = new Intl.NumberFormat('en', {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
})

export interface Stat {
  readonly name: string
  readonly clicks: number
}

interface StatListProps {
  readonly id: string
  readonly heading: string
  /** What each row is. */
  readonly column: string
  /** In the order of the table. */
  readonly stats: readonly Stat[]
  /** What all shares are shares of. */
  readonly total: number
}

/** How many clicks each of several things has had, and their share of all. */
export function StatList({ id, heading, column, stats, total }: StatListProps) {
  return (
    <section class="stat-list">
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
          {stats.map((stat) => (
            <StatRow {...stat} share={total === 0 ? 0 : stat.clicks / total} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface StatRowProps extends Stat {
  /** 0 to 1. */
  readonly share: number
}

function StatRow({ name, clicks, share }: StatRowProps) {
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
