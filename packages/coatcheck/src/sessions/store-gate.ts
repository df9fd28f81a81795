import { addressGroup, type Client } from '../domain/client.ts'
import type { Instant } from '../domain/time.ts'
import { createBoundedWindows, type Window } from './bounded-windows.ts'
import type { Claim, NoClaim } from './claim.ts'
import type { SessionsContext } from './context.ts'
import type { Throttled } from './sessions.ts'

/** Stands between unknown tokens and the store; see `UnknownTokenOptions` for what it promises. */
export interface StoreGate {
  /**
   * Asks to go to the store. `null`, at once or later: there is room, and `leave` must be called
   * when the store has answered, or failed.
   */
  enter(client: Client): Throttled | null | Promise<Throttled | null>
  /** What the store said; `null` where it failed, so that nothing is known. */
  leave(client: Client, found: Claim | NoClaim | null): void
}

/** Addresses whose unknown tokens are remembered, at most: some two megabytes. */
const mostAddresses = 10_000

const openGate: StoreGate = { enter: () => null, leave() {} }

/**
 * What is under way counts as if it were unknown until the store has answered, so that a thousand
 * requests at once cannot pass together. Those beyond the limit wait rather than being refused, for
 * all of them may be good: only what the store has said keeps anybody out.
 *
 * Promises and entries are made only where somebody waits, or was unknown: those who come with a good
 * token pay for a number in a map.
 */
export function createStoreGate<Data>(context: SessionsContext<Data>): StoreGate {
  if (context.unknownTokens === null) return openGate
  const { clock, report } = context
  const { limit, window: length } = context.unknownTokens
  const unknown = createBoundedWindows({ length, mostKeys: mostAddresses })
  /** How many of each address ask the store now. */
  const underWay = new Map<string, number>()
  /** Those for whom there was no room; each asks again when it is called. */
  const waiting = new Map<string, (() => void)[]>()

  function enter(group: string, client: Client): ReturnType<StoreGate['enter']> {
    const now = clock.now()
    const window = unknown.running(group, now)
    const count = window?.count ?? 0
    if (window !== null && count >= limit) return refuse(window, client, now)
    const others = underWay.get(group) ?? 0
    if (count + others >= limit) return wait(group, client)
    underWay.set(group, others + 1)
    return null
  }

  function wait(group: string, client: Client): Promise<Throttled | null> {
    return new Promise((resolve) => {
      const queue = waiting.get(group) ?? []
      queue.push(() => resolve(enter(group, client)))
      waiting.set(group, queue)
    })
  }

  function leave(group: string, isUnknown: boolean): void {
    const others = (underWay.get(group) ?? 1) - 1
    if (others === 0) underWay.delete(group)
    else underWay.set(group, others)
    if (isUnknown) unknown.add(group, clock.now())
    const queue = waiting.get(group)
    if (queue !== undefined) callIn(group, { queue, others })
  }

  /** As many as there is room for; once the window is full all of them, to be refused. */
  function callIn(
    group: string,
    { queue, others }: { readonly queue: (() => void)[]; readonly others: number },
  ): void {
    const count = unknown.running(group, clock.now())?.count ?? 0
    const room = count >= limit ? queue.length : limit - count - others
    const called = queue.splice(0, room)
    // With nobody under way there is room, or all are refused: nobody is left behind.
    if (queue.length === 0) waiting.delete(group)
    for (const askAgain of called) askAgain()
  }

  function refuse(window: Window, client: Client, at: Instant): Throttled {
    const { endsAt: until, isTold } = window
    if (!isTold) report({ type: 'unknown-tokens-throttled', at, until, ...client })
    window.isTold = true
    return { status: 'throttled', retryAfter: until - at }
  }

  return {
    enter(client) {
      const group = addressGroup(client.ipAddress)
      return group === null ? null : enter(group, client)
    },
    leave(client, found) {
      const group = addressGroup(client.ipAddress)
      if (group !== null) leave(group, isUnknown(found))
    },
  }
}

function isUnknown(found: Claim | NoClaim | null): boolean {
  return found?.match === 'unknown' || found?.match === 'wrong-secret'
}
