import { ipGroup } from '../../domain/ip-address.ts'
import type { UserId } from '../../domain/user.ts'
import { createPlaces } from '../shared/places.ts'

export interface WatchLimits {
  /** Maximum number of subscribers of one session. */
  readonly maxPerSession: number
  /** Maximum number of subscribers of one user. */
  readonly maxPerUser: number
  /** Maximum number of subscribers in total. */
  readonly max: number
}

/** Six connections to a server is what a browser opens over HTTP/1.1. */
export const watchLimits: WatchLimits = { maxPerSession: 6, maxPerUser: 12, max: 2_000 }

/** Whose session a page belongs to, and from where it connects. */
export interface WatchedPage {
  readonly sessionId: string
  readonly userId: UserId
  readonly ipAddress: string | null
}

export interface AddResult<Subscriber> {
  /** `full`: all places are taken, so the subscriber was not added. */
  readonly status: 'added' | 'full'
  /** Lost their places: the oldest of a session or user at the limit, or of the user with most while all are taken. */
  readonly evicted: readonly Subscriber[]
}

/** The sessions that have a subscriber. Adding, removing and the next heartbeat take constant time per subscriber. */
export interface WatchList<Subscriber> {
  add(subscriber: Subscriber, page: WatchedPage): AddResult<Subscriber>
  /** Does nothing for an unknown subscriber. */
  remove(subscriber: Subscriber): void
  /** The given number of subscribers that were not returned for longest. */
  next(count: number): readonly Subscriber[]
  count(): number
}

export function createWatchList<Subscriber>(limits: WatchLimits): WatchList<Subscriber> {
  /** The subscribers of each session, oldest first, at least one. */
  const subscribersOf = new Map<string, Set<Subscriber>>()
  /** By subscriber, the one that was returned by `next` longest ago first. */
  const sessionOf = new Map<Subscriber, string>()
  const places = createPlaces<Subscriber>(limits)

  function remove(subscriber: Subscriber): void {
    places.release(subscriber)
    const sessionId = sessionOf.get(subscriber) ?? ''
    sessionOf.delete(subscriber)
    const subscribers = subscribersOf.get(sessionId)
    subscribers?.delete(subscriber)
    if (subscribers?.size === 0) subscribersOf.delete(sessionId)
  }

  /** Removes the oldest subscribers of the session that leave no place for another one, and returns them. */
  function evictOldest(sessionId: string): readonly Subscriber[] {
    const subscribers = [...(subscribersOf.get(sessionId) ?? [])]
    const oldest = subscribers.slice(0, Math.max(subscribers.length + 1 - limits.maxPerSession, 0))
    oldest.forEach(remove)
    return oldest
  }

  return {
    add(subscriber, { sessionId, userId, ipAddress }) {
      const oldest = evictOldest(sessionId)
      const taken = places.take(subscriber, { group: ipGroup(ipAddress), user: userId })
      if (taken.status === 'full') return { status: 'full', evicted: oldest }
      const displaced = taken.evicted === null ? [] : [taken.evicted]
      displaced.forEach(remove)
      const subscribers = subscribersOf.get(sessionId) ?? new Set()
      subscribersOf.set(sessionId, subscribers.add(subscriber))
      sessionOf.set(subscriber, sessionId)
      return { status: 'added', evicted: [...oldest, ...displaced] }
    },
    remove,
    next(count) {
      const chosen: Subscriber[] = []
      for (const [subscriber, sessionId] of sessionOf) {
        if (chosen.length >= Math.min(count, sessionOf.size)) break
        chosen.push(subscriber)
        sessionOf.delete(subscriber)
        sessionOf.set(subscriber, sessionId)
      }
      return chosen
    },
    count: places.count,
  }
}
