import type { Milliseconds } from '../../domain/time.ts'

/** The result of one attempt. */
export type Delivery<Cause> =
  | { readonly status: 'delivered' }
  /** Temporary; may succeed later. */
  | { readonly status: 'failed'; readonly cause: Cause }
  /** Permanent. */
  | { readonly status: 'rejected'; readonly cause: Cause }

/** Why an item was dropped: rejected, out of attempts, queue full, or closed. */
export type Dropped<Cause> =
  | { readonly reason: 'rejected' | 'failed'; readonly cause: Cause }
  | { readonly reason: 'full' | 'closed' }

export interface OutboxOptions<Item, Cause> {
  /** Makes one attempt and stops when the signal aborts. Never rejects. */
  readonly deliver: (item: Item, signal: AbortSignal) => Promise<Delivery<Cause>>
  /** Delays before the second attempt, the third and so on. Their number plus one is the maximum of attempts. */
  readonly delays: readonly Milliseconds[]
  /** Attempts in flight at the same time. */
  readonly concurrency: number
  /** Maximum number of items, including those that wait for a retry. */
  readonly capacity: number
  readonly onDelivered: (item: Item) => void
  /** Called when an attempt failed and will be repeated. */
  readonly onFailed: (item: Item, cause: Cause, retryIn: Milliseconds) => void
  readonly onDropped: (item: Item, dropped: Dropped<Cause>) => void
}

export interface Outbox<Item> {
  /** Queues an item and returns immediately. After `close`, items are dropped. */
  readonly add: (item: Item) => void
  /** Number of items, including those that wait for a retry. */
  size(): number
  /** Makes one last attempt for every item, without waiting for retry delays. Drops what is not delivered within `timeout`. */
  close(timeout: Milliseconds): Promise<void>
}

interface Entry<Item> {
  readonly item: Item
  readonly attempts: number
}

/** An in-memory queue that delivers in the background, a few items at a time, and retries failed ones. */
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

  function size(): number {
    return queue.length + retries.size + inFlight.size
  }

  async function drained(): Promise<void> {
    while (inFlight.size > 0) await Promise.all(inFlight)
  }

  return {
    size,
    add(item) {
      if (closed || size() >= capacity)
        return onDropped(item, { reason: closed ? 'closed' : 'full' })
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
