import { type Client, ipGroup } from '../../domain/client.ts'
import type { Instant } from '../../domain/time.ts'
import type { SessionsContext } from '../context.ts'
import type { Throttled } from '../sessions.ts'
import type { LookupFailure, MatchedSession } from '../token-lookup.ts'
import { createFixedWindowCounter, type Window } from './fixed-window-counter.ts'

/** Stands between unknown tokens and the store; see `UnknownTokenOptions` for what it promises. */
export interface UnknownTokenLimiter {
  /**
   * Asks to go to the store. `null`, at once or later: there is room, and `leave` must be called
   * when the store has answered, or failed.
   */
  acquire(client: Client): Throttled | null | Promise<Throttled | null>
  /** What the store said; `null` where it failed, so that nothing is known. */
  release(client: Client, lookup: MatchedSession | LookupFailure | null): void
}

/** Addresses whose unknown tokens are remembered, at most: some two megabytes. */
const maxIpAddresses = 10_000

const unlimited: UnknownTokenLimiter = { acquire: () => null, release() {} }

/**
 * What is under way counts as if it were unknown until the store has answered, so that a thousand
 * requests at once cannot pass together. Those beyond the limit wait rather than being refused, for
 * all of them may be good: only what the store has said keeps anybody out.
 *
 * Promises and entries are made only where somebody waits, or was unknown: those who come with a good
 * token pay for a number in a map.
 */
export function createUnknownTokenLimiter<Data>(
  context: SessionsContext<Data>,
): UnknownTokenLimiter {
  if (context.unknownTokens === null) return unlimited
  const { clock, report } = context
  const { limit, window: duration } = context.unknownTokens
  const unknownCounter = createFixedWindowCounter({ duration, maxKeys: maxIpAddresses })
  /** How many of each address ask the store now. */
  const inFlight = new Map<string, number>()
  /** Those for whom there was no room; each asks again when it is called. */
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
    if (queue !== undefined) admitWaiting(group, { queue, inFlightCount })
  }

  /** As many as there is room for; once the window is full all of them, to be refused. */
  function admitWaiting(
    group: string,
    { queue, inFlightCount }: { readonly queue: (() => void)[]; readonly inFlightCount: number },
  ): void {
    const count = unknownCounter.current(group, clock.now())?.count ?? 0
    const slots = count >= limit ? queue.length : limit - count - inFlightCount
    const admitted = queue.splice(0, slots)
    // With nobody under way there is room, or all are refused: nobody is left behind.
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
    release(client, lookup) {
      const group = ipGroup(client.ipAddress)
      if (group !== null) release(group, isUnknown(lookup))
    },
  }
}

function isUnknown(lookup: MatchedSession | LookupFailure | null): boolean {
  return lookup?.match === 'unknown' || lookup?.match === 'wrong-secret'
}
