import type { Instant, Milliseconds } from '../../domain/time.ts'

/** One value per key in a window of time, which starts with its first use. */
export interface Windows<Value> {
  /** The value of the key. A new one if the key has no window, or its window has ended. */
  valueAt(key: string, now: Instant): Value
  /** Removes the windows that have ended. */
  removeEnded(now: Instant): void
  /** Ends all windows. */
  clear(): void
}

export interface WindowsOptions<Value> {
  readonly length: Milliseconds
  /** Windows at the same time. Beyond it, the oldest ends early. */
  readonly max: number
  create(): Value
  /** Called once for each window that ends. Default: nothing. */
  onEnd?(value: Value): void
}

interface Window<Value> {
  readonly key: string
  readonly start: Instant
  readonly value: Value
}

/**
 * Takes constant time on average. The order is an array, because finding the oldest key of a `Map` takes longer the more
 * were deleted (decision 023).
 */
export function createWindows<Value>(options: WindowsOptions<Value>): Windows<Value> {
  const { length, max, create, onEnd } = options
  const windows = new Map<string, Window<Value>>()
  /** In the order of their start. Those before `oldest`, and those that `windows` does not have, have ended. */
  let order: Window<Value>[] = []
  let oldest = 0

  /** A window that starts in the future was created before the clock was set back. */
  function isEnded({ start }: Window<Value>, now: Instant): boolean {
    return Math.abs(now - start) >= length
  }

  function end(window: Window<Value>): void {
    if (windows.get(window.key) !== window) return
    windows.delete(window.key)
    onEnd?.(window.value)
  }

  function endOldestWhile(condition: (window: Window<Value>) => boolean): void {
    for (let next = order[oldest]; next !== undefined && condition(next); next = order[oldest]) {
      end(next)
      oldest += 1
    }
    if (2 * oldest < order.length) return
    order = order.slice(oldest)
    oldest = 0
  }

  function removeEnded(now: Instant): void {
    endOldestWhile((window) => isEnded(window, now))
  }

  function start(key: string, now: Instant): Value {
    endOldestWhile(() => order.length - oldest >= max)
    const window = { key, start: now, value: create() }
    windows.set(key, window)
    order.push(window)
    return window.value
  }

  return {
    valueAt(key, now) {
      removeEnded(now)
      const window = windows.get(key)
      if (window === undefined) return start(key, now)
      if (!isEnded(window, now)) return window.value
      end(window)
      return start(key, now)
    },
    removeEnded,
    clear: () => endOldestWhile(() => true),
  }
}
