import type { Milliseconds } from '../../domain/time.ts'

/** What became of one try. */
export type Delivery<Cause> =
  | { readonly status: 'delivered' }
  /** May go better later. */
  | { readonly status: 'failed'; readonly cause: Cause }
  /** Would not go better. */
  | { readonly status: 'rejected'; readonly cause: Cause }

/** Why an item was given up: it was refused, failed the last time, or there was no room or no time for it. */
export type Dropped<Cause> =
  | { readonly reason: 'rejected' | 'failed'; readonly cause: Cause }
  | { readonly reason: 'full' | 'closed' }

export interface OutboxOptions<Item, Cause> {
  /** Tries once, and gives up when the signal says so. Never rejects. */
  readonly deliver: (item: Item, signal: AbortSignal) => Promise<Delivery<Cause>>
  /** Waits before the second try, the third and so on. There are no more tries than these and one. */
  readonly delays: readonly Milliseconds[]
  /** How many are tried at once. */
  readonly concurrency: number
  /** How many items there are at most, those that wait for another try among them. */
  readonly capacity: number
  readonly onDelivered: (item: Item) => void
  /** Told of a try that failed and will be repeated. */
  readonly onFailed: (item: Item, cause: Cause, retryIn: Milliseconds) => void
  readonly onDropped: (item: Item, dropped: Dropped<Cause>) => void
}

export interface Outbox<Item> {
  /** Takes an item and returns at once. After `close` it is lost. */
  readonly add: (item: Item) => void
  /**
   * Tries what waits once more, and what waits for a later try now. Whatever is not delivered within
   * `patience` is lost.
   */
  close(timeout: Milliseconds): Promise<void>
}

interface Entry<Item> {
  readonly item: Item
  readonly attempts: number
}

/** Delivers behind the callers' backs, a few at a time, and tries again what fails. Keeps all in memory. */
export function createOutbox<Item, Cause>(options: OutboxOptions<Item, Cause>): Outbox<Item> {
  const { deliver, delays, concurrency, capacity, onDelivered, onFailed, onDropped } = options
  const queue: Entry<Item>[] = []
  const retries = new Map<NodeJS.Timeout, Entry<Item>>()
  const inFlight = new Set<Promise<void>>()
  const abortController = new AbortController()
  let closed = false

  function start(): void {
    while (inFlight.size < concurrency && !abortController.signal.aborted) {
      const entry = queue.shift()
      if (entry === undefined) return
      const work = attempt(entry).finally(() => {
        inFlight.delete(work)
        start()
      })
      inFlight.add(work)
    }
  }

  async function attempt({ item, attempts }: Entry<Item>): Promise<void> {
    const delivery = await deliver(item, abortController.signal)
    if (delivery.status === 'delivered') return onDelivered(item)
    const { status, cause } = delivery
    const delay = closed ? undefined : delays[attempts]
    if (status === 'rejected' || delay === undefined)
      return onDropped(item, { reason: status, cause })
    onFailed(item, cause, delay)
    retryLater({ item, attempts: attempts + 1 }, delay)
  }

  function retryLater(entry: Entry<Item>, delay: Milliseconds): void {
    const timer = setTimeout(() => {
      retries.delete(timer)
      queue.push(entry)
      start()
    }, delay)
    timer.unref()
    retries.set(timer, entry)
  }

  function retryNow(): void {
    for (const [timer, entry] of retries) {
      clearTimeout(timer)
      queue.push(entry)
    }
    retries.clear()
    start()
  }

  async function drained(): Promise<void> {
    while (inFlight.size > 0) await Promise.all(inFlight)
  }

  return {
    add(item) {
      const size = queue.length + retries.size + inFlight.size
      if (closed || size >= capacity) return onDropped(item, { reason: closed ? 'closed' : 'full' })
      queue.push({ item, attempts: 0 })
      start()
    },
    async close(timeout) {
      closed = true
      retryNow()
      const timer = setTimeout(() => abortController.abort(), timeout)
      await drained()
      clearTimeout(timer)
      for (const { item } of queue.splice(0)) onDropped(item, { reason: 'closed' })
    },
  }
}
