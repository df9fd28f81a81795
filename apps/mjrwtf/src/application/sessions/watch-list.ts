import { ipGroup } from '../../domain/ip-address.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { SessionStatus } from '../ports/user-sessions.ts'
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
  add(subscriber: Subscriber, page: WatchedPage, now: Instant): AddResult<Subscriber>
  /** A session without subscribers is no longer watched. Does nothing for an unknown subscriber. */
  remove(subscriber: Subscriber): void
  has(sessionId: string): boolean
  sessions(): readonly string[]
  /** The sessions to check at `now`. */
  due(now: Instant): readonly string[]
  /**
   * Applies a check of a session and returns the subscribers to notify, which are removed, if it has ended. `null` means
   * that the store failed: the session is due again immediately.
   */
  applyCheck(sessionId: string, result: SessionStatus | null): readonly Subscriber[]
  /** The given number of subscribers that were not returned for longest. */
  next(count: number): readonly Subscriber[]
  count(): number
}

interface WatchedSession<Subscriber> {
  /** Oldest first, at least one. */
  readonly subscribers: Set<Subscriber>
  /** When to check the session even if no change was reported: an expiry changes no row. */
  checkAt: Instant
}

export function createWatchList<Subscriber>(limits: WatchLimits): WatchList<Subscriber> {
  const sessions = new Map<string, WatchedSession<Subscriber>>()
  /** By subscriber, the one that was returned by `next` longest ago first. */
  const sessionOf = new Map<Subscriber, string>()
  const places = createPlaces<Subscriber>(limits)

  function remove(subscriber: Subscriber): void {
    places.release(subscriber)
    const sessionId = sessionOf.get(subscriber) ?? ''
    sessionOf.delete(subscriber)
    const session = sessions.get(sessionId)
    session?.subscribers.delete(subscriber)
    if (session?.subscribers.size === 0) sessions.delete(sessionId)
  }

  /** Removes the oldest subscribers of the session that leave no place for another one, and returns them. */
  function evictOldest(sessionId: string): readonly Subscriber[] {
    const subscribers = [...(sessions.get(sessionId)?.subscribers ?? [])]
    const oldest = subscribers.slice(0, Math.max(subscribers.length + 1 - limits.maxPerSession, 0))
    oldest.forEach(remove)
    return oldest
  }

  return {
    add(subscriber, { sessionId, userId, ipAddress }, now) {
      const oldest = evictOldest(sessionId)
      const taken = places.take(subscriber, { group: ipGroup(ipAddress), user: userId })
      if (taken.status === 'full') return { status: 'full', evicted: oldest }
      const displaced = taken.evicted === null ? [] : [taken.evicted]
      displaced.forEach(remove)
      const session = sessions.get(sessionId) ?? { subscribers: new Set(), checkAt: now }
      session.subscribers.add(subscriber)
      sessions.set(sessionId, session)
      sessionOf.set(subscriber, sessionId)
      return { status: 'added', evicted: [...oldest, ...displaced] }
    },
    remove,
    has: (sessionId) => sessions.has(sessionId),
    sessions: () => [...sessions.keys()],
    due: (now) =>
      [...sessions].filter(([, { checkAt }]) => now >= checkAt).map(([sessionId]) => sessionId),
    applyCheck(sessionId, result) {
      const session = sessions.get(sessionId)
      if (session === undefined) return []
      if (result?.status === 'ended') {
        const notified = [...session.subscribers]
        notified.forEach(remove)
        return notified
      }
      session.checkAt = result === null ? Number.NEGATIVE_INFINITY : result.until
      return []
    },
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
