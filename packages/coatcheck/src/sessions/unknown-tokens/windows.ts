import { type Instant, type Milliseconds, second } from '../../domain/time.ts'
import type { ResolvedUnknownTokenOptions } from '../resolve-options.ts'
import { createRecentMap } from './recent-map.ts'

/** The unknown tokens of one IP group, in a window that starts with the first one. */
export interface Window {
  readonly endsAt: Instant
  unknown: number
  /** Further reads in the second that ends at `secondEndsAt`. */
  reads: number
  secondEndsAt: Instant
  /** Whether an event has reported that the limit is reached. */
  isReported: boolean
}

/** The windows of at least the last `maxGroups` IP groups. */
export function createWindows(
  { limit, window: duration }: ResolvedUnknownTokenOptions,
  maxGroups: number,
) {
  const windows = createRecentMap<Window>(maxGroups)
  /** Reads per second beyond the limit. */
  const allowance = Math.ceil(limit / 5)

  function current(group: string, now: Instant): Window | null {
    const window = windows.get(group)
    if (window === undefined || now >= window.endsAt) return null
    // If the clock was set back, the window would last longer than its duration.
    return window.endsAt - now > duration ? null : window
  }

  function start(group: string, now: Instant): Window {
    const endsAt = now + duration
    const window = { endsAt, unknown: 0, reads: 0, secondEndsAt: 0, isReported: false }
    windows.set(group, window)
    return window
  }

  return {
    current,
    /** Counts an unknown token. */
    add(group: string, now: Instant): void {
      const window = current(group, now) ?? start(group, now)
      window.unknown += 1
    },
    /** Takes a read of the current second. Returns whether one was left. */
    takeRead(window: Window, now: Instant): boolean {
      if (now >= window.secondEndsAt || window.secondEndsAt - now > second) {
        window.secondEndsAt = now + second
        window.reads = 0
      }
      if (window.reads >= allowance) return false
      window.reads += 1
      return true
    },
  }
}

/** How long until the next read, of the next second or the next window. */
export function retryDelay({ endsAt, secondEndsAt }: Window, now: Instant): Milliseconds {
  return Math.max(Math.min(endsAt, secondEndsAt) - now, 1)
}
