import type { Instant, Milliseconds } from '../../domain/time.ts'

/** A stretch of time in which something is counted, of fixed length from its first count. */
export interface Window {
  readonly endsAt: Instant
  count: number
  /** Whether somebody was told that it is full. */
  isReported: boolean
}

/** Counts by key, within bounds. */
export interface FixedWindowCounter {
  /** The window that runs, or `null`. */
  current(key: string, now: Instant): Window | null
  /** Counts one more, in a new window where none runs. */
  add(key: string, now: Instant): void
}

export interface FixedWindowOptions {
  readonly duration: Milliseconds
  /** Keys kept, at most. */
  readonly maxKeys: number
}

/**
 * All windows are of one length, so the one that began first ends first: it stands at the head of
 * the map, and makes room where there is none. No timer, and no search.
 */
export function createFixedWindowCounter({
  duration,
  maxKeys,
}: FixedWindowOptions): FixedWindowCounter {
  const windows = new Map<string, Window>()

  function current(key: string, now: Instant): Window | null {
    const window = windows.get(key)
    if (window === undefined || now >= window.endsAt) return null
    // A clock that was set back must keep nobody out for longer than a window.
    return window.endsAt - now > duration ? null : window
  }

  function startWindow(key: string, now: Instant): Window {
    windows.delete(key)
    const [oldest] = windows.size < maxKeys ? [] : windows.keys()
    if (oldest !== undefined) windows.delete(oldest)
    const window = { endsAt: now + duration, count: 0, isReported: false }
    // A copy: cut out of a header, the text would keep all of that header alive.
    windows.set(Buffer.from(key).toString(), window)
    return window
  }

  return {
    current,
    add(key, now) {
      const window = current(key, now) ?? startWindow(key, now)
      window.count += 1
    },
  }
}
