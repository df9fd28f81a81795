import type { MonotonicClock } from '../ports/system.ts'
import type { CacheKind } from './cache-metrics.ts'
import { createHistogram } from './histogram.ts'
import type { MetricRegistry } from './registry.ts'

/** In seconds: from a local read to the timeout of a statement. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** Returns a store that measures the operations of another. */
export type MeasureStore = <Store extends object>(kind: CacheKind, store: Store) => Store

export function createMeasureStore(registry: MetricRegistry, clock: MonotonicClock): MeasureStore {
  const observe = createHistogram(registry, {
    name: 'coatcheck_store_operation_duration_seconds',
    help: 'Duration of operations of a store, by method. Failures are included.',
    buckets,
  })

  function measured(method: unknown, { store, labels }: MeasuredStore): unknown {
    // `within` returns a store for a transaction of the app, at once.
    if (typeof method !== 'function' || labels.operation === 'within') return method
    return (...args: unknown[]) => {
      const startedAt = clock.now()
      const record = () => observe(labels, (clock.now() - startedAt) / 1_000)
      const result: unknown = Reflect.apply(method, store, args)
      // Beside the result, not before it: the caller waits no longer.
      Promise.resolve(result).then(record, record)
      return result
    }
  }

  return (kind, store) => {
    const methods = new Map<string | symbol, unknown>()
    return new Proxy(store, {
      get(target, name) {
        const known = methods.get(name)
        if (known !== undefined) return known
        const labels = { store: kind, operation: String(name) }
        const method = measured(Reflect.get(target, name), { store: target, labels })
        methods.set(name, method)
        return method
      },
    })
  }
}

interface MeasuredStore {
  readonly store: object
  readonly labels: { readonly store: CacheKind; readonly operation: string }
}
