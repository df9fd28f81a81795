import { readFileSync } from 'node:fs'

/** The metrics of an exposition: name, and the labels of its series. */
export type ExposedMetrics = ReadonlyMap<string, ReadonlySet<string>>

/** Reads the text format of Prometheus. */
export function parseExposition(text: string): ExposedMetrics {
  const metrics = new Map<string, Set<string>>()
  for (const line of text.split('\n')) {
    const [, declared] = /^# TYPE (\S+)/.exec(line) ?? []
    if (declared !== undefined) metrics.set(declared, metrics.get(declared) ?? new Set())
    const [, series, labels = ''] = /^([a-z]\w*)(?:\{(.*)\})? /.exec(line) ?? []
    if (series === undefined) continue
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) {
      metrics.get(baseOf(series, metrics))?.add(label)
    }
  }
  return metrics
}

/** What the dashboard, the alerts and their tests ask for: names with the labels of their selectors. */
export function queriedMetrics(): readonly { readonly name: string; readonly labels: string[] }[] {
  const files = ['grafana/mjrwtf.json', 'prometheus/mjrwtf.rules.yml'].map(readDeployed)
  const names = /\b((?:mjrwtf|coatcheck|process|nodejs)_[a-z0-9_]+)(?:\{([^}]*)\})?/g
  return files.flatMap((text) =>
    [...text.matchAll(names)].map(([, name = '', selector = '']) => ({
      name,
      labels: [...selector.matchAll(/(\w+)\s*(?:=~|!=|=)/g)].map(([, label = '']) => label),
    })),
  )
}

/** Names that are asked for and do not exist, and labels that such a metric never has. */
export function findUnknownMetrics(exposed: ExposedMetrics): readonly string[] {
  return queriedMetrics().flatMap(({ name, labels }) => {
    const known = exposed.get(baseOf(name, exposed))
    if (known === undefined) return [name]
    return labels
      .filter((label) => label !== 'job' && label !== 'instance' && !known.has(label))
      .map((label) => `${name}{${label}}`)
  })
}

/** The name of the metric of a series: histograms have three suffixes. */
function baseOf(series: string, metrics: Pick<ExposedMetrics, 'has'>): string {
  return metrics.has(series) ? series : series.replace(/_(bucket|sum|count)$/, '')
}

function readDeployed(path: string): string {
  return readFileSync(new URL(`../../../../deploy/${path}`, import.meta.url), 'utf8')
}
