import type { CacheStatistics } from '../sessions/cache/verification-cache.ts'
import { histogramSamples } from './histogram.ts'
import { type MetricRegistry, type MetricSample, registerFamily } from './registry.ts'

/** What a cache holds. */
export type CacheKind = 'sessions' | 'grants'

/** Returns the statistics of a cache, or `null` if it has none. */
export type ReadStatistics = () => CacheStatistics | null

interface CacheMetric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  /** Values, each with the labels beside the kind of the cache. */
  readonly values: (
    statistics: CacheStatistics,
  ) => readonly (readonly [value: number, labels?: MetricSample['labels']])[]
}

const metrics: readonly CacheMetric[] = [
  {
    name: 'coatcheck_cache_verifications_total',
    help: 'Verifications that the cache answered (hit) or that read the store (miss).',
    type: 'counter',
    values: ({ hits, misses }) => [
      [hits, { result: 'hit' }],
      [misses, { result: 'miss' }],
    ],
  },
  {
    name: 'coatcheck_cache_joined_reads_total',
    help: 'Misses that joined the read of another verification.',
    type: 'counter',
    values: ({ coalescedReads }) => [[coalescedReads]],
  },
  {
    name: 'coatcheck_cache_lease_held',
    help: '1 while the cache may answer, 0 while every verification reads the store.',
    type: 'gauge',
    values: ({ leaseHeld }) => [[leaseHeld ? 1 : 0]],
  },
  {
    name: 'coatcheck_cache_lease_losses_total',
    help: 'How often the lease was lost: no heartbeat of the revocation channel returned in time.',
    type: 'counter',
    values: ({ leaseLosses }) => [[leaseLosses]],
  },
  {
    name: 'coatcheck_cache_invalidations_total',
    help: 'Cached records dropped because of a change.',
    type: 'counter',
    values: ({ invalidations }) => [[invalidations]],
  },
  {
    name: 'coatcheck_cache_evictions_total',
    help: 'Cached records dropped to free space.',
    type: 'counter',
    values: ({ evictions }) => [[evictions]],
  },
  {
    name: 'coatcheck_cache_entries',
    help: 'Cached records.',
    type: 'gauge',
    values: ({ entries }) => [[entries]],
  },
  {
    name: 'coatcheck_cache_size_bytes',
    help: 'Estimated size of the cached records.',
    type: 'gauge',
    values: ({ bytes }) => [[bytes]],
  },
]

/** Registers the metrics of caches, which are read at each scrape. Nothing is counted twice. */
export function registerCacheMetrics(
  registry: MetricRegistry,
  sources: ReadonlyMap<CacheKind, ReadStatistics>,
): void {
  const read = (samplesOf: (statistics: CacheStatistics, cache: CacheKind) => MetricSample[]) =>
    [...sources].flatMap(([cache, readStatistics]) => {
      const statistics = readStatistics()
      return statistics === null ? [] : samplesOf(statistics, cache)
    })
  for (const { values, ...family } of metrics) {
    registerFamily(registry, family, () =>
      read((statistics, cache) =>
        values(statistics).map(([value, labels]) => ({ labels: { cache, ...labels }, value })),
      ),
    )
  }
  const name = 'coatcheck_revocation_delay_seconds'
  const help =
    'Time until a change of another process arrives, measured with heartbeats. Without values where the channel polls.'
  registerFamily(registry, { name, help, type: 'histogram' }, () =>
    read(({ propagation }, cache) => [
      ...histogramSamples(name, { cache }, inSeconds(propagation)),
    ]),
  )
}

function inSeconds({ count, total, buckets }: CacheStatistics['propagation']) {
  return {
    count,
    sum: total / 1_000,
    buckets: buckets.map((each) => ({ ...each, upperBound: each.upperBound / 1_000 })),
  }
}
