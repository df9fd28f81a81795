import { addressGroup, type Client } from '../domain/client.ts'
import type { Instant } from '../domain/time.ts'
import { createBoundedWindows, type Window } from './bounded-windows.ts'
import type { Claim, NoClaim } from './claim.ts'
import type { SessionsContext } from './context.ts'
import type { Throttled } from './sessions.ts'

/** Asks the store about a token, or says why it is not asked. */
export type StoreGate = (
  client: Client,
  look: () => Promise<Claim | NoClaim>,
) => Promise<Claim | NoClaim | Throttled>

/** Addresses whose unknown tokens are remembered, at most: some two megabytes. */
const mostAddresses = 10_000

/** The requests of one address that memory could not answer. */
interface Crowd {
  /** Asking the store now: each may turn out to be unknown. */
  underWay: number
  /** Those for whom there is no room beside them; each asks again when it is called. */
  readonly waiting: (() => void)[]
}

/**
 * Stands between unknown tokens and the store; see `UnknownTokenOptions` for what it promises.
 *
 * What is under way counts as if it were unknown until the store has answered, so that a thousand
 * requests at once cannot pass together. Those beyond the limit wait rather than being refused, for
 * all of them may be good: only what the store has said keeps anybody out.
 */
export function createStoreGate<Data>(context: SessionsContext<Data>): StoreGate {
  if (context.unknownTokens === null) return (_, look) => look()
  const { clock, report } = context
  const { limit, window: length } = context.unknownTokens
  const unknown = createBoundedWindows({ length, mostKeys: mostAddresses })
  const crowds = new Map<string, Crowd>()

  return async function ask(client, look) {
    const group = addressGroup(client.ipAddress)
    if (group === null) return look()
    const refusal = await enter(group, client)
    if (refusal !== null) return refusal
    let isUnknown = false
    try {
      const found = await look()
      isUnknown = found.match === 'unknown' || found.match === 'wrong-secret'
      return found
    } finally {
      leave(group, isUnknown)
    }
  }

  /** `null` once there is room. */
  function enter(group: string, client: Client): Throttled | null | Promise<Throttled | null> {
    const now = clock.now()
    const window = unknown.running(group, now)
    if (window !== null && window.count >= limit) return refuse(window, client, now)
    const crowd = crowdOf(group)
    if ((window?.count ?? 0) + crowd.underWay >= limit) {
      return new Promise((resolve) => {
        crowd.waiting.push(() => resolve(enter(group, client)))
      })
    }
    crowd.underWay += 1
    return null
  }

  function leave(group: string, isUnknown: boolean): void {
    const now = clock.now()
    if (isUnknown) unknown.add(group, now)
    const crowd = crowdOf(group)
    crowd.underWay -= 1
    const count = unknown.running(group, now)?.count ?? 0
    // Once it is full, all of them: they are refused.
    const room = count >= limit ? crowd.waiting.length : limit - count - crowd.underWay
    for (const askAgain of crowd.waiting.splice(0, room)) askAgain()
    // Nobody waits then: with nobody under way there is room, or all have been refused.
    if (crowd.underWay === 0) crowds.delete(group)
  }

  function crowdOf(group: string): Crowd {
    const known = crowds.get(group)
    if (known !== undefined) return known
    const crowd = { underWay: 0, waiting: [] }
    crowds.set(group, crowd)
    return crowd
  }

  function refuse(window: Window, client: Client, at: Instant): Throttled {
    if (!window.isTold)
      report({ type: 'unknown-tokens-throttled', at, until: window.endsAt, ...client })
    window.isTold = true
    return { status: 'throttled', retryAfter: window.endsAt - at }
  }
}
