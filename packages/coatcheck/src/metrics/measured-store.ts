import type { MonotonicClock } from '../ports/system.ts'
import type { CacheKind } from './cache-metrics.ts'
import { createHistogram } from './histogram.ts'
import type { MetricRegistry } from './registry.ts'

/** In seconds: from a local read to the timeout of a statement. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/**
 * Returns a store that measures the operations of another. It has the methods that the other has at that time, and calls
 * them on it. What it returns for a transaction (`within`) is not measured.
 */
export type MeasureStore = <Store extends object>(kind: CacheKind, store: Store) => Store

export function createMeasureStore(registry: MetricRegistry, clock: MonotonicClock): MeasureStore {
  const observe = createHistogram(registry, {
    name: 'coatcheck_store_operation_duration_seconds',
    help: 'Duration of operations of a store, by method. Failures are included.',
    buckets,
  })

  function measured(store: object, { kind, name }: Member) {
    const labels = { store: kind, operation: name }
    return (...args: unknown[]): unknown => {
      const startedAt = clock.now()
      const record = () => observe(labels, (clock.now() - startedAt) / 1_000)
      const result = call(store, name, args)
      // Beside the result, not before it: the caller waits no longer.
      Promise.resolve(result).then(record, record)
      return result
    }
  }

  return <Store extends object>(kind: CacheKind, store: Store): Store => {
    // Not a Proxy, which cannot return other methods than those of a frozen store.
    const measuring: Store = Object.create(store)
    for (const name of memberNames(store)) {
      Object.defineProperty(measuring, name, {
        enumerable: true,
        configurable: true,
        ...memberOf(store, { name, value: measured(store, { kind, name }) }),
      })
    }
    return measuring
  }
}

interface Member {
  readonly kind: CacheKind
  readonly name: string
}

/** Names of an object and its classes. */
function memberNames(store: object): ReadonlySet<string> {
  const names = new Set<string>()
  for (
    let each: unknown = store;
    typeof each === 'object' && each !== null && each !== Object.prototype;
    each = Object.getPrototypeOf(each)
  ) {
    for (const name of Object.getOwnPropertyNames(each)) names.add(name)
  }
  names.delete('constructor')
  return names
}

interface MeasuredMethod {
  readonly name: string
  readonly value: (...args: unknown[]) => unknown
}

/** What describes a member: a measured method, or anything else as it is. */
function memberOf(store: object, { name, value }: MeasuredMethod): PropertyDescriptor {
  if (typeof Reflect.get(store, name) !== 'function') return { get: () => Reflect.get(store, name) }
  // `within` returns a store for a transaction of the app, at once.
  if (name === 'within') return { value: (...args: unknown[]) => call(store, name, args) }
  return { value, writable: true }
}

/** A method needs its object, and may be replaced later. */
function call(store: object, name: string, args: readonly unknown[]): unknown {
  const method: unknown = Reflect.get(store, name)
  if (typeof method !== 'function') throw new TypeError(`The store has no method ${name} any more.`)
  return Reflect.apply(method, store, args)
}
