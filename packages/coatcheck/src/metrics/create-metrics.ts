import { requireMethods, requireOptions } from '../domain/options.ts'
import { type MonotonicClock, systemMonotonicClock } from '../ports/system.ts'
import type { CacheStatistics } from '../sessions/cache/verification-cache.ts'
import { createActiveSessions } from './active-sessions.ts'
import { type CacheKind, type ReadStatistics, registerCacheMetrics } from './cache-metrics.ts'
import { type CountEvent, createEventMetrics } from './event-metrics.ts'
import { createMeasureStore, type MeasureStore } from './measured-store.ts'
import { type MetricRegistry, registerFamily } from './registry.ts'

export interface MetricsOptions {
  /** Measures durations. Default: the system's monotonic clock. */
  readonly monotonicClock?: MonotonicClock
}

/** What metrics read: sessions or grants. */
export interface MetricSource {
  readonly cacheStatistics: () => CacheStatistics | null
  /** Of sessions. */
  readonly count?: () => Promise<number | null>
}

/** The metrics of sessions and grants. No label contains an id, an IP address or a token, and each has few values. */
export interface Metrics {
  /** An event sink: add it to `events` of `createSessions`, `createWebSessions`, `createGrants` or `coatcheck`. */
  readonly countEvent: CountEvent
  /** Returns a store that measures the operations of another: pass it to `createSessions` or `createGrants`. */
  readonly measureStore: MeasureStore
  /**
   * Reads the statistics of the cache of these sessions or grants at each scrape, and counts the sessions in the
   * background, at most once a minute and for at most one percent of the time. The last source of each kind counts.
   */
  watch(kind: CacheKind, source: MetricSource): void
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
  let readActive = (): number | null => null
  registerCacheMetrics(registry, caches)
  registerFamily(registry, activeSessions, () => {
    const value = readActive()
    return value === null ? [] : [{ labels: {}, value }]
  })
  return {
    countEvent: createEventMetrics(registry),
    measureStore: createMeasureStore(registry, monotonicClock),
    watch(kind, source) {
      caches.set(kind, source.cacheStatistics)
      if (source.count !== undefined)
        readActive = createActiveSessions(monotonicClock, source.count)
    },
  }
}

const activeSessions = {
  name: 'coatcheck_sessions_active',
  help: 'Sessions in the store that have not ended, counted at most once a minute. Every process counts all of them.',
  type: 'gauge',
  aggregator: 'max',
} as const
