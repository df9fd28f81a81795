import { type MetricRegistry, type MetricSample, registerFamily } from './registry.ts'

export type Labels = Readonly<Record<string, string>>

export interface CounterOptions {
  readonly name: string
  readonly help: string
  /** Series that exist from the start with 0. A query of the rate does not see the first increase of another. */
  readonly initial?: readonly Labels[]
}

/** Adds to the series with these labels. */
export type Counter = (labels: Labels, amount?: number) => void

/** Further series are counted together, because each takes space here and in Prometheus. */
const maxSeries = 100

export function createCounter(
  registry: MetricRegistry,
  { name, help, initial = [] }: CounterOptions,
): Counter {
  const series = new Map<string, { readonly labels: Labels; value: number }>()

  function count(labels: Labels, amount = 1): void {
    const key = Object.values(labels).join(' ')
    const existing = series.get(key)
    if (existing !== undefined) existing.value += amount
    else if (series.size < maxSeries || isOther(labels)) series.set(key, { labels, value: amount })
    else count(otherOf(labels), amount)
  }

  for (const labels of initial) count(labels, 0)
  registerFamily(registry, { name, help, type: 'counter' }, () =>
    [...series.values()].map(toSample),
  )
  return count
}

const other = 'other'

function otherOf(labels: Labels): Labels {
  return Object.fromEntries(Object.keys(labels).map((name) => [name, other]))
}

function isOther(labels: Labels): boolean {
  return Object.values(labels).every((value) => value === other)
}

/** A copy: registries change the labels that they read. */
function toSample({ labels, value }: MetricSample): MetricSample {
  return { labels: { ...labels }, value }
}
