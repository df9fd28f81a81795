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
  /** Heading of the first column. */
  readonly column: string
  /** In display order. */
  readonly stats: readonly Stat[]
  /** 100 % of the shares. */
  readonly total: number
}

/** A table of clicks by category, with the share of each. */
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
