/**
 * The part of a registry of `@prometheus-io/client` or `prom-client` that is used, so that either fits, and a test needs no
 * package. At each scrape, the registry calls `get` of every metric.
 */
export interface MetricRegistry {
  /** Throws if it has a metric of this name. */
  registerMetric(metric: RegisteredMetric): void
}

/** A metric that computes its values when it is read. */
export interface RegisteredMetric {
  get(): Promise<MetricFamily>
}

/** All series of a metric. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  /** `counter`, `gauge` or `histogram`. Not of these types, so that the types of the packages fit. */
  readonly type: string
  /** How the processes of a Node cluster combine their values: `sum` or `max`. */
  readonly aggregator: string
  values: MetricSample[]
}

/** One line of the exposition. */
export interface MetricSample {
  /** Not that of the family for the lines of a histogram. */
  readonly metricName?: string
  labels: Readonly<Record<string, string | number | undefined>>
  readonly value: number
}

export interface FamilyOptions {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Default `sum`. */
  readonly aggregator?: 'sum' | 'max'
}

/** Registers a metric whose values `read` returns at each scrape. */
export function registerFamily(
  registry: MetricRegistry,
  { aggregator = 'sum', ...options }: FamilyOptions,
  read: () => readonly MetricSample[],
): void {
  const metric = {
    ...options,
    aggregator,
    // Some registries assign the name without `_total` to the metric, and add it again to what they read.
    async get(): Promise<MetricFamily> {
      const { name, help, type } = metric
      return { name, help, type, aggregator, values: [...read()] }
    },
    // Registries call it for tests. Values that are counted elsewhere cannot be reset.
    reset() {},
  }
  registry.registerMetric(metric)
}
