import { requireMethods, requireOptions } from '../domain/options.ts'
import { type MonotonicClock, systemMonotonicClock } from '../ports/system.ts'
import type { CacheStatistics } from '../sessions/cache/verification-cache.ts'
import { type CacheKind, type ReadStatistics, registerCacheMetrics } from './cache-metrics.ts'
import { type CountEvent, createEventMetrics } from './event-metrics.ts'
import { createMeasureStore, type MeasureStore } from './measured-store.ts'
import type { MetricRegistry } from './registry.ts'

export interface MetricsOptions {
  /** Measures durations. Default: the system's monotonic clock. */
  readonly monotonicClock?: MonotonicClock
}

/** The metrics of sessions and grants. No label contains an id, an IP address or a token, and each has few values. */
export interface Metrics {
  /** An event sink: add it to `events` of `createSessions`, `createWebSessions`, `createGrants` or `coatcheck`. */
  readonly countEvent: CountEvent
  /** Returns a store that measures the operations of another: pass it to `createSessions` or `createGrants`. */
  readonly measureStore: MeasureStore
  /** Reads the statistics of the cache of these sessions or grants at each scrape. The last one of each kind counts. */
  watch(kind: CacheKind, source: { readonly cacheStatistics: () => CacheStatistics | null }): void
}

/**
 * Registers the metrics of the library in a registry, such as that of `@prometheus-io/client`:
 *
 * ```ts
 * const metrics = createMetrics(new Registry())
 * const sessions = createSessions({ ...options, events: [metrics.countEvent] })
 * metrics.watch('sessions', sessions)
 * ```
 *
 * Once per registry: a second call throws, because its names are taken. A scrape reads numbers in this process and never
 * waits for the database. Counters start at 0 with the process.
 */
export function createMetrics(registry: MetricRegistry, options: MetricsOptions = {}): Metrics {
  requireMethods('registry', registry, {
    methods: ['registerMetric'],
    expected: 'a registry of @prometheus-io/client or prom-client',
  })
  requireOptions('createMetrics', options, { monotonicClock: true })
  const { monotonicClock = systemMonotonicClock } = options
  const caches = new Map<CacheKind, ReadStatistics>()
  registerCacheMetrics(registry, caches)
  return {
    countEvent: createEventMetrics(registry),
    measureStore: createMeasureStore(registry, monotonicClock),
    watch(kind, source) {
      caches.set(kind, source.cacheStatistics)
    },
  }
}
