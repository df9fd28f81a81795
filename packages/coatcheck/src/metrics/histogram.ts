import type { Labels } from './counter.ts'
import { type MetricRegistry, type MetricSample, registerFamily } from './registry.ts'

export interface HistogramOptions {
  readonly name: string
  readonly help: string
  /** Upper bounds in seconds, ascending. */
  readonly buckets: readonly number[]
}

/** Adds a value in seconds to the series with these labels, which are of a fixed list. */
export type Histogram = (labels: Labels, value: number) => void

/** The counts of a histogram. */
export interface HistogramState {
  readonly count: number
  readonly sum: number
  /** `count` is the number of values up to and including `upperBound`. */
  readonly buckets: readonly { readonly upperBound: number; readonly count: number }[]
}

interface Series {
  readonly labels: Labels
  /** By bucket, not cumulative. */
  readonly counts: number[]
  count: number
  sum: number
}

export function createHistogram(
  registry: MetricRegistry,
  { name, help, buckets }: HistogramOptions,
): Histogram {
  const all = new Map<string, Series>()

  function stateOf({ counts, count, sum }: Series): HistogramState {
    let total = 0
    const cumulative = buckets.map((upperBound, index) => {
      total += counts[index] ?? 0
      return { upperBound, count: total }
    })
    return { count, sum, buckets: cumulative }
  }

  function seriesOf(labels: Labels): Series {
    const key = Object.values(labels).join(' ')
    const existing = all.get(key)
    if (existing !== undefined) return existing
    const created = { labels, counts: buckets.map(() => 0), count: 0, sum: 0 }
    all.set(key, created)
    return created
  }

  registerFamily(registry, { name, help, type: 'histogram' }, () =>
    [...all.values()].flatMap((series) => histogramSamples(name, series.labels, stateOf(series))),
  )
  return (labels, value) => {
    const series = seriesOf(labels)
    series.count += 1
    series.sum += value
    const index = buckets.findIndex((upperBound) => value <= upperBound)
    if (index >= 0) series.counts[index] = (series.counts[index] ?? 0) + 1
  }
}

/** The lines of one series of a histogram. */
export function histogramSamples(
  name: string,
  labels: Labels,
  { buckets, count, sum }: HistogramState,
): readonly MetricSample[] {
  const bucket = (le: number | string, value: number): MetricSample => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le },
    value,
  })
  return [
    ...buckets.map((each) => bucket(each.upperBound, each.count)),
    bucket('+Inf', count),
    { metricName: `${name}_sum`, labels: { ...labels }, value: sum },
    { metricName: `${name}_count`, labels: { ...labels }, value: count },
  ]
}
