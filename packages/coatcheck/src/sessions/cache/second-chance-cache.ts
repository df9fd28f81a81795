import type { UserId } from '../../domain/session.ts'
import type { ResolvedCacheOptions } from '../resolve-options.ts'
import type { CachedRecord } from './cached-record.ts'

/** Cached records, limited by number and size. */
export interface SecondChanceCache<Cached extends CachedRecord> {
  /** Does not count as a use. */
  peek(id: Cached['id']): Cached | undefined
  /** Counts as a use. */
  get(id: Cached['id']): Cached | undefined
  /** Adds or replaces a record and evicts others if a limit is exceeded. */
  set(record: Cached): void
  /** Updates a cached record. Does not count as a use. */
  replace(id: Cached['id'], update: (record: Cached) => Cached): void
  delete(id: Cached['id']): boolean
  /** The cached records of a user. */
  idsOfUser(userId: UserId): readonly Cached['id'][]
  clear(): void
  size(): number
  bytes(): number
  /** Number of evicted records. */
  evictions(): number
}

type CacheLimits = Pick<ResolvedCacheOptions, 'maxEntries' | 'maxBytes'>

interface Entry<Cached extends CachedRecord> {
  record: Cached
  readonly bytes: number
  /** Position in the ring. */
  index: number
  /** Whether it was used since the hand last passed. */
  referenced: boolean
  /** The neighbors in the list of the user's entries. */
  previous: Entry<Cached> | null
  next: Entry<Cached> | null
}

/** Second chances given per eviction, so that it stays fast even if all entries are in use. */
const maxSecondChances = 100

/**
 * The CLOCK algorithm (second chance): a hand moves around the ring and evicts the first entry that
 * was not used since its last pass. A hit sets a flag; LRU would have to move the entry.
 */
export function createSecondChanceCache<Cached extends CachedRecord>(
  { maxEntries, maxBytes }: CacheLimits,
  estimateSize: (record: Cached) => number,
): SecondChanceCache<Cached> {
  const entries = new Map<Cached['id'], Entry<Cached>>()
  /** The same entries, in the order of the hand. */
  const ring: Entry<Cached>[] = []
  /** The first entry of each user's list. A set per user would take more memory. */
  const firstOfUser = new Map<UserId, Entry<Cached>>()
  let hand = 0
  let bytes = 0
  let evictions = 0

  function remove(id: Cached['id']): boolean {
    const entry = entries.get(id)
    if (entry === undefined) return false
    bytes -= entry.bytes
    const last = ring.pop()
    if (last !== undefined && last !== entry) {
      ring[entry.index] = last
      last.index = entry.index
    }
    unlink(entry)
    return entries.delete(id)
  }

  function link(entry: Entry<Cached>): void {
    const { userId } = entry.record
    entry.next = firstOfUser.get(userId) ?? null
    if (entry.next !== null) entry.next.previous = entry
    firstOfUser.set(userId, entry)
  }

  function unlink({ record: { userId }, previous, next }: Entry<Cached>): void {
    if (next !== null) next.previous = previous
    if (previous !== null) previous.next = next
    else if (next !== null) firstOfUser.set(userId, next)
    else firstOfUser.delete(userId)
  }

  function add(record: Cached): void {
    const entry: Entry<Cached> = {
      record,
      bytes: estimateSize(record),
      index: ring.length,
      referenced: false,
      previous: null,
      next: null,
    }
    entries.set(record.id, entry)
    link(entry)
    ring.push(entry)
    bytes += entry.bytes
  }

  function evict(): void {
    let secondChances = maxSecondChances
    while (entries.size > maxEntries || bytes > maxBytes) {
      const entry = ring[hand % ring.length]
      if (entry === undefined) return
      // Also after an eviction: the entry that then takes this index is a recent one.
      hand = (entry.index + 1) % ring.length
      if (entry.referenced && secondChances > 0) {
        entry.referenced = false
        secondChances -= 1
      } else {
        remove(entry.record.id)
        evictions += 1
      }
    }
  }

  return {
    peek: (id) => entries.get(id)?.record,
    get(id) {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      entry.referenced = true
      return entry.record
    },
    set(record) {
      remove(record.id)
      add(record)
      evict()
    },
    replace(id, update) {
      const entry = entries.get(id)
      if (entry !== undefined) entry.record = update(entry.record)
    },
    delete: remove,
    idsOfUser(userId) {
      const ids: Cached['id'][] = []
      let entry = firstOfUser.get(userId) ?? null
      for (; entry !== null; entry = entry.next) ids.push(entry.record.id)
      return ids
    },
    clear() {
      entries.clear()
      firstOfUser.clear()
      ring.length = 0
      bytes = 0
    },
    size: () => entries.size,
    bytes: () => bytes,
    evictions: () => evictions,
  }
}
