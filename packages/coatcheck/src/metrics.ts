export {
  createMetrics,
  type MetricSource,
  type Metrics,
  type MetricsOptions,
} from './metrics/create-metrics.ts'
export type {
  MetricFamily,
  MetricRegistry,
  MetricSample,
  RegisteredMetric,
} from './metrics/registry.ts'
