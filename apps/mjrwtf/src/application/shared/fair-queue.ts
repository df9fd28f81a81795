import { createTally } from './tally.ts'

export type PushResult<Item> =
  /** `rejected` lost its place to the new item; `null` if there was space. */
  { readonly status: 'queued'; readonly rejected: Item | null } | { readonly status: 'full' }

/**
 * A bounded queue that serves its clients in turn, each client's items in order. While it is full, a new item takes the
 * place of the newest item of the client with most items, unless its own client has as many. So the wait depends on the
 * number of clients and not on how much one of them sends. Operations take constant time, except that a full queue reads
 * the items of one client.
 */
export interface FairQueue<Item> {
  push(item: Item, client: string): PushResult<Item>
  /** Removes the next item. */
  shift(): Item | null
  /** Does nothing if the item is not queued. */
  remove(item: Item): void
  size(): number
}

export function createFairQueue<Item>({ max }: { readonly max: number }): FairQueue<Item> {
  /** In the order in which clients are served next. */
  const itemsOf = new Map<string, Set<Item>>()
  const clientOf = new Map<Item, string>()
  const tally = createTally()

  function remove(item: Item): void {
    const client = clientOf.get(item)
    if (client === undefined) return
    clientOf.delete(item)
    tally.subtract(client)
    const items = itemsOf.get(client)
    items?.delete(item)
    if (items?.size === 0) itemsOf.delete(client)
  }

  /** The newest item of the client with most items, if it has more than `client` would have. */
  function itemToReject(client: string): Item | null {
    const max = tally.max()
    if (max === null || max.count <= tally.count(client) + 1) return null
    return [...(itemsOf.get(max.key) ?? [])].at(-1) ?? null
  }

  return {
    push(item, client) {
      const isFull = clientOf.size >= max
      const rejected = isFull ? itemToReject(client) : null
      if (isFull && rejected === null) return { status: 'full' }
      if (rejected !== null) remove(rejected)
      const items = itemsOf.get(client) ?? new Set()
      itemsOf.set(client, items.add(item))
      clientOf.set(item, client)
      tally.add(client)
      return { status: 'queued', rejected }
    },
    shift() {
      for (const [client, items] of itemsOf) {
        for (const item of items) {
          remove(item)
          itemsOf.delete(client)
          if (items.size > 0) itemsOf.set(client, items)
          return item
        }
      }
      return null
    },
    remove,
    size: () => clientOf.size,
  }
}
