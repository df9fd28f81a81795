import type { Clock } from 'coatcheck'
import { day, hour, type Instant, type Milliseconds, minute, second } from '../../domain/time.ts'

export interface RefreshedValueOptions<Value> {
  /** Rejects if the value cannot be loaded. */
  readonly load: () => Promise<Value>
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
}

/** How long a loaded value is used. */
export const refreshTimes = {
  /** Afterwards it is loaded again. */
  fresh: hour,
  /** If that fails, it is still used until then. */
  stale: day,
  /** Between two loads that a caller forces. */
  forced: 10 * second,
  /** After the first failure, then twice as long after each, and up to half of it earlier. */
  firstRetry: second,
  maxRetry: minute,
} as const satisfies Readonly<Record<string, Milliseconds>>

interface Loaded<Value> {
  readonly value: Value
  readonly at: Instant
}

export interface RefreshedValue<Value> {
  /** Rejects with the error of `load`; until the next attempt, with that of the last one. */
  get(): Promise<Value>
  /** The value after it was loaded again, or the current one if that was done shortly before. */
  reload(): Promise<Value>
}

/**
 * A value of a provider that is loaded when it is first used. Callers share one load. After a failure, further ones fail
 * immediately until the next attempt, so that a provider that is down is not called for each visitor.
 */
export function createRefreshedValue<Value>(
  options: RefreshedValueOptions<Value>,
): RefreshedValue<Value> {
  const { load, clock, random } = options
  let loaded: Loaded<Value> | null = null
  let current: Promise<Value> | null = null
  let failures = 0
  let lastFailure: unknown = null
  let retryAt: Instant = 0

  async function attempt(): Promise<Value> {
    try {
      const value = await load()
      loaded = { value, at: clock.now() }
      failures = 0
      return value
    } catch (error) {
      failures += 1
      lastFailure = error
      const delay = Math.min(refreshTimes.firstRetry * 2 ** (failures - 1), refreshTimes.maxRetry)
      retryAt = clock.now() + delay * (1 - random() / 2)
      throw error
    }
  }

  function loadOnce(): Promise<Value> {
    current ??= attempt().finally(() => {
      current = null
    })
    return current
  }

  /** Of a value that could be used if nothing newer can be loaded. */
  function usable(): Loaded<Value> | null {
    return loaded !== null && clock.now() < loaded.at + refreshTimes.stale ? loaded : null
  }

  async function refresh(fallback: Loaded<Value> | null): Promise<Value> {
    const mustWait = failures > 0 && clock.now() < retryAt && current === null
    if (mustWait && fallback === null) throw lastFailure
    if (mustWait && fallback !== null) return fallback.value
    try {
      return await loadOnce()
    } catch (error) {
      if (fallback === null) throw error
      return fallback.value
    }
  }

  return {
    async get() {
      const found = usable()
      if (found !== null && clock.now() < found.at + refreshTimes.fresh) return found.value
      return refresh(found)
    },
    async reload() {
      const found = usable()
      if (found !== null && clock.now() < found.at + refreshTimes.forced) return found.value
      return refresh(found)
    },
  }
}
