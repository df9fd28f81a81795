import type { Milliseconds } from '../../domain/time.ts'

/** What became of one try. */
export type Delivery<Cause> =
  | { readonly status: 'delivered' }
  /** May go better later. */
  | { readonly status: 'failed'; readonly cause: Cause }
  /** Would not go better. */
  | { readonly status: 'refused'; readonly cause: Cause }

/** Why an item was given up: it was refused, failed the last time, or there was no room or no time for it. */
export type Loss<Cause> =
  | { readonly reason: 'refused' | 'failed'; readonly cause: Cause }
  | { readonly reason: 'full' | 'closed' }

export interface OutboxOptions<Item, Cause> {
  /** Tries once, and gives up when the signal says so. Never rejects. */
  readonly deliver: (item: Item, signal: AbortSignal) => Promise<Delivery<Cause>>
  /** Waits before the second try, the third and so on. There are no more tries than these and one. */
  readonly delays: readonly Milliseconds[]
  /** How many are tried at once. */
  readonly atOnce: number
  /** How many items there are at most, those that wait for another try among them. */
  readonly capacity: number
  readonly onDelivered: (item: Item) => void
  /** Told of a try that failed and will be repeated. */
  readonly onFailed: (item: Item, cause: Cause, nextTryIn: Milliseconds) => void
  readonly onLost: (item: Item, loss: Loss<Cause>) => void
}

export interface Outbox<Item> {
  /** Takes an item and returns at once. After `close` it is lost. */
  readonly put: (item: Item) => void
  /**
   * Tries what waits once more, and what waits for a later try now. Whatever is not delivered within
   * `patience` is lost.
   */
  close(patience: Milliseconds): Promise<void>
}

interface Entry<Item> {
  readonly item: Item
  readonly tries: number
}

/** Delivers behind the callers' backs, a few at a time, and tries again what fails. Keeps all in memory. */
export function createOutbox<Item, Cause>(options: OutboxOptions<Item, Cause>): Outbox<Item> {
  const { deliver, delays, atOnce, capacity, onDelivered, onFailed, onLost } = options
  const waiting: Entry<Item>[] = []
  const later = new Map<NodeJS.Timeout, Entry<Item>>()
  const underWay = new Set<Promise<void>>()
  const cutOff = new AbortController()
  let closed = false

  function start(): void {
    while (underWay.size < atOnce && !cutOff.signal.aborted) {
      const entry = waiting.shift()
      if (entry === undefined) return
      const work = attempt(entry).finally(() => {
        underWay.delete(work)
        start()
      })
      underWay.add(work)
    }
  }

  async function attempt({ item, tries }: Entry<Item>): Promise<void> {
    const delivery = await deliver(item, cutOff.signal)
    if (delivery.status === 'delivered') return onDelivered(item)
    const { status, cause } = delivery
    const delay = closed ? undefined : delays[tries]
    if (status === 'refused' || delay === undefined) return onLost(item, { reason: status, cause })
    onFailed(item, cause, delay)
    putOff({ item, tries: tries + 1 }, delay)
  }

  function putOff(entry: Entry<Item>, delay: Milliseconds): void {
    const timer = setTimeout(() => {
      later.delete(timer)
      waiting.push(entry)
      start()
    }, delay)
    timer.unref()
    later.set(timer, entry)
  }

  function bringForward(): void {
    for (const [timer, entry] of later) {
      clearTimeout(timer)
      waiting.push(entry)
    }
    later.clear()
    start()
  }

  async function allDone(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay)
  }

  return {
    put(item) {
      const held = waiting.length + later.size + underWay.size
      if (closed || held >= capacity) return onLost(item, { reason: closed ? 'closed' : 'full' })
      waiting.push({ item, tries: 0 })
      start()
    },
    async close(patience) {
      closed = true
      bringForward()
      const timer = setTimeout(() => cutOff.abort(), patience)
      await allDone()
      clearTimeout(timer)
      for (const { item } of waiting.splice(0)) onLost(item, { reason: 'closed' })
    },
  }
}
