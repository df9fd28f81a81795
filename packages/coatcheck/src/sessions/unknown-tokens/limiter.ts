import { type Client, ipGroup } from '../../domain/client.ts'
import type { Instant, Milliseconds } from '../../domain/time.ts'
import type { SessionsContext } from '../context.ts'
import type { Judgment } from '../judge.ts'
import type { Throttled } from '../sessions.ts'

/** Limits how many unknown tokens reach the store; see `UnknownTokenOptions`. */
export interface UnknownTokenLimiter {
  /**
   * Requests a slot for a store read. `null`, immediately or later, grants it: call `release` when
   * the store has answered or failed.
   */
  acquire(client: Client): Throttled | null | Promise<Throttled | null>
  /** Frees the slot and counts the token if it is unknown. `null` if the store failed. */
  release(client: Client, judgment: Judgment | null): void
}

/** IP addresses with a count. They take about two megabytes. */
const maxIpAddresses = 10_000

const unlimited: UnknownTokenLimiter = { acquire: () => null, release() {} }

/**
 * A request in flight counts as unknown until the store has answered, so that concurrent requests
 * cannot exceed the limit. Requests beyond it wait, because those in flight may have valid tokens:
 * only counted tokens throttle.
 *
 * Promises and entries are created only for waiting requests and unknown tokens. A valid token costs
 * one number in a map.
 */
export function createUnknownTokenLimiter<Data>(
  context: SessionsContext<Data>,
): UnknownTokenLimiter {
  if (context.unknownTokens === null) return unlimited
  const { clock, report } = context
  const { limit, window: duration } = context.unknownTokens
  const unknownCounter = createFixedWindowCounter(duration, maxIpAddresses)
  /** Store reads in flight by IP group. */
  const inFlight = new Map<string, number>()
  /** Requests waiting for a slot. Each retries when called. */
  const waiting = new Map<string, (() => void)[]>()

  function acquire(group: string, client: Client): ReturnType<UnknownTokenLimiter['acquire']> {
    const now = clock.now()
    const window = unknownCounter.current(group, now)
    const count = window?.count ?? 0
    if (window !== null && count >= limit) return toThrottled(window, client, now)
    const inFlightCount = inFlight.get(group) ?? 0
    if (count + inFlightCount >= limit) return enqueue(group, client)
    inFlight.set(group, inFlightCount + 1)
    return null
  }

  function enqueue(group: string, client: Client): Promise<Throttled | null> {
    return new Promise((resolve) => {
      const queue = waiting.get(group) ?? []
      queue.push(() => resolve(acquire(group, client)))
      waiting.set(group, queue)
    })
  }

  function release(group: string, isUnknown: boolean): void {
    const inFlightCount = (inFlight.get(group) ?? 1) - 1
    if (inFlightCount === 0) inFlight.delete(group)
    else inFlight.set(group, inFlightCount)
    if (isUnknown) unknownCounter.add(group, clock.now())
    const queue = waiting.get(group)
    if (queue !== undefined) admitWaiting(group, queue, inFlightCount)
  }

  /** Admits as many as there are slots, or all of them, to be throttled, if the window is full. */
  function admitWaiting(group: string, queue: (() => void)[], inFlightCount: number): void {
    const count = unknownCounter.current(group, clock.now())?.count ?? 0
    const slots = count >= limit ? queue.length : limit - count - inFlightCount
    const admitted = queue.splice(0, slots)
    // No request waits forever: the last one in flight leaves a free slot or a full window.
    if (queue.length === 0) waiting.delete(group)
    for (const retry of admitted) retry()
  }

  function toThrottled(window: Window, client: Client, at: Instant): Throttled {
    const { endsAt: until, isReported } = window
    if (!isReported) report({ type: 'unknown-tokens-throttled', at, until, ...client })
    window.isReported = true
    return { status: 'throttled', retryAfter: until - at }
  }

  return {
    acquire(client) {
      const group = ipGroup(client.ipAddress)
      return group === null ? null : acquire(group, client)
    },
    release(client, judgment) {
      const group = ipGroup(client.ipAddress)
      if (group !== null) release(group, isUnknown(judgment))
    },
  }
}

function isUnknown(judgment: Judgment | null): boolean {
  return judgment?.status === 'unknown' || judgment?.status === 'wrong-secret'
}

/** A window of fixed length that starts with its first count. */
interface Window {
  readonly endsAt: Instant
  count: number
  /** Whether an event has reported that the window is full. */
  isReported: boolean
}

/**
 * Counts by key. All windows have the same length, so the first in the map is the first to end and
 * the one to evict: no timer or search is needed.
 */
function createFixedWindowCounter(duration: Milliseconds, maxKeys: number) {
  const windows = new Map<string, Window>()

  function current(key: string, now: Instant): Window | null {
    const window = windows.get(key)
    if (window === undefined || now >= window.endsAt) return null
    // If the clock was set back, the window would last longer than its duration.
    return window.endsAt - now > duration ? null : window
  }

  function startWindow(key: string, now: Instant): Window {
    windows.delete(key)
    const [oldest] = windows.size < maxKeys ? [] : windows.keys()
    if (oldest !== undefined) windows.delete(oldest)
    const window = { endsAt: now + duration, count: 0, isReported: false }
    // Copied, because a slice of a header would keep the whole header in memory.
    windows.set(Buffer.from(key).toString(), window)
    return window
  }

  function add(key: string, now: Instant): void {
    const window = current(key, now) ?? startWindow(key, now)
    window.count += 1
  }

  return { current, add }
}
