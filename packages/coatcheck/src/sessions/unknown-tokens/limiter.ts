import { type Client, ipGroup } from '../../domain/client.ts'
import type { EventSink } from '../../domain/events.ts'
import { type Instant, second } from '../../domain/time.ts'
import type { Clock } from '../../ports/system.ts'
import type { Judgment } from '../judge.ts'
import type { ResolvedUnknownTokenOptions } from '../resolve-options.ts'
import type { Throttled } from '../sessions.ts'
import { createTokenSet, type TokenKey } from './token-set.ts'
import { createWindows, retryDelay, type Window } from './windows.ts'

/** Limits how many unknown tokens reach the store; see `UnknownTokenOptions`. */
export interface UnknownTokenLimiter {
  /** Decides, immediately or when the reads in flight have ended, whether the store is read. */
  admit(token: TokenKey, client: Client): Admission | Promise<Admission>
  /** Exempts a token that this process has issued or that the store has confirmed. */
  confirm(token: TokenKey): void
}

export type Admission =
  /** Read the store, and call `release` with its answer, or with `null` if it failed. */
  | { readonly status: 'granted'; release(judgment: Judgment | null): void }
  /** The store was read for this token before and does not know it. */
  | { readonly status: 'rejected' }
  | Throttled

export interface LimiterDependencies {
  readonly clock: Clock
  readonly report: EventSink
  /** Exempt tokens: at least the last ones of this number. */
  readonly capacity: number
}

/** IP addresses with a count: the last ones of this number, or up to twice as many. */
const maxIpAddresses = 10_000

/** The same for unknown tokens, which are not read again. */
const maxRejectedTokens = 10_000

/** Requests of one IP address that wait for reads in flight. */
const maxWaiting = 1_000

const granted: Admission = { status: 'granted', release() {} }
const rejected: Admission = { status: 'rejected' }

export const unlimited: UnknownTokenLimiter = { admit: () => granted, confirm() {} }

/**
 * A request in flight counts as unknown until the store has answered, so that concurrent requests
 * cannot exceed the limit. It stays counted if the store failed, so that the limit holds while the
 * store is overloaded. Requests beyond it wait, because those in flight may have valid tokens:
 * only counted tokens throttle.
 */
export function createUnknownTokenLimiter(
  options: ResolvedUnknownTokenOptions,
  { clock, report, capacity }: LimiterDependencies,
): UnknownTokenLimiter {
  const { limit } = options
  const confirmed = createTokenSet(capacity)
  const unknown = createTokenSet(maxRejectedTokens, options.window)
  const windows = createWindows(options, maxIpAddresses)
  /** Store reads in flight by IP group, without those beyond the limit. */
  const inFlight = new Map<string, number>()
  /** Requests waiting for a slot. Each retries when called. */
  const waiting = new Map<string, (() => void)[]>()

  interface Attempt {
    readonly token: TokenKey
    readonly client: Client
    readonly group: string
  }

  function acquire(attempt: Attempt): Admission | Promise<Admission> {
    const { group } = attempt
    const now = clock.now()
    const window = windows.current(group, now)
    const count = window?.unknown ?? 0
    if (window !== null && count >= limit) return acquireBeyondLimit(attempt, window, now)
    const inFlightCount = inFlight.get(group) ?? 0
    if (count + inFlightCount >= limit) return enqueue(attempt)
    inFlight.set(group, inFlightCount + 1)
    return { status: 'granted', release: (judgment) => release(attempt, judgment) }
  }

  function acquireBeyondLimit({ token, client }: Attempt, window: Window, at: Instant): Admission {
    const { endsAt: until, isReported } = window
    if (!isReported) report({ type: 'unknown-tokens-throttled', at, until, ...client })
    window.isReported = true
    if (!windows.takeRead(window, at)) return throttled(retryDelay(window, at))
    return {
      status: 'granted',
      release(judgment) {
        learn(token, judgment)
        // Returned, so that valid tokens do not use up what an attacker leaves.
        if (isKnown(judgment)) window.reads = Math.max(window.reads - 1, 0)
      },
    }
  }

  function enqueue(attempt: Attempt): Admission | Promise<Admission> {
    const queue = waiting.get(attempt.group) ?? []
    if (queue.length >= maxWaiting) return throttled(second)
    return new Promise((resolve) => {
      queue.push(() => resolve(acquire(attempt)))
      waiting.set(attempt.group, queue)
    })
  }

  function release({ group, token }: Attempt, judgment: Judgment | null): void {
    const inFlightCount = (inFlight.get(group) ?? 1) - 1
    if (inFlightCount === 0) inFlight.delete(group)
    else inFlight.set(group, inFlightCount)
    if (!isKnown(judgment)) windows.add(group, clock.now())
    learn(token, judgment)
    const queue = waiting.get(group)
    if (queue !== undefined) admitWaiting(group, queue, inFlightCount)
  }

  /** Admits as many as there are slots, or all of them if the limit is reached. */
  function admitWaiting(group: string, queue: (() => void)[], inFlightCount: number): void {
    const count = windows.current(group, clock.now())?.unknown ?? 0
    const slots = count >= limit ? queue.length : limit - count - inFlightCount
    const admitted = queue.splice(0, slots)
    // No request waits forever: the last one in flight leaves a free slot or a full window.
    if (queue.length === 0) waiting.delete(group)
    for (const retry of admitted) retry()
  }

  function learn(token: TokenKey, judgment: Judgment | null): void {
    if (judgment === null || judgment.status === 'unreadable') return
    if (isKnown(judgment)) {
      confirmed.add(token, clock.now())
      return
    }
    // A purged session: its token is no longer exempt.
    confirmed.delete(token)
    unknown.add(token, clock.now())
  }

  return {
    confirm: (token) => confirmed.add(token, clock.now()),
    admit(token, client) {
      const group = ipGroup(client.ipAddress)
      if (group === null) return granted
      if (unknown.has(token, clock.now())) return rejected
      if (!confirmed.has(token, clock.now())) return acquire({ token, client, group })
      return { status: 'granted', release: (judgment) => learn(token, judgment) }
    },
  }
}

function throttled(retryAfter: number): Throttled {
  return { status: 'throttled', retryAfter }
}

/** Whether the store has answered that the token was issued. */
function isKnown(judgment: Judgment | null): boolean {
  return judgment !== null && judgment.status !== 'unknown' && judgment.status !== 'wrong-secret'
}
