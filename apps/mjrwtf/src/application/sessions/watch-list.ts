import type { Instant } from '../../domain/time.ts'
import type { SessionStatus } from '../ports/user-sessions.ts'

export interface WatchedSession<Subscriber> {
  /** Oldest first, at least one. */
  readonly subscribers: readonly Subscriber[]
  /** When to check the session even if no change was reported: an expiry changes no row. */
  readonly checkAt: Instant
}

/** The sessions that have a subscriber, by id. */
export type WatchList<Subscriber> = ReadonlyMap<string, WatchedSession<Subscriber>>

export interface WatchLimits {
  /** Maximum number of subscribers of one session. */
  readonly maxPerSession: number
  /** Maximum number of subscribers in total. */
  readonly max: number
}

export interface NewSubscriber<Subscriber> {
  readonly sessionId: string
  readonly subscriber: Subscriber
  readonly now: Instant
}

export type SubscribeResult<Subscriber> =
  | { readonly status: 'full' }
  | {
      readonly status: 'subscribed'
      readonly list: WatchList<Subscriber>
      /** The oldest subscriber of the session, if the session was at its limit. */
      readonly evicted: Subscriber | null
    }

export interface CheckResult<Subscriber> {
  readonly list: WatchList<Subscriber>
  /** To be notified, because the session has ended. */
  readonly notified: readonly Subscriber[]
}

export function subscribe<Subscriber>(
  list: WatchList<Subscriber>,
  { sessionId, subscriber, now }: NewSubscriber<Subscriber>,
  limits: WatchLimits,
): SubscribeResult<Subscriber> {
  if (countSubscribers(list) >= limits.max) return { status: 'full' }
  const { subscribers, checkAt } = list.get(sessionId) ?? { subscribers: [], checkAt: now }
  const isAtLimit = subscribers.length >= limits.maxPerSession
  const kept = isAtLimit ? subscribers.slice(1) : subscribers
  const watched = { subscribers: [...kept, subscriber], checkAt }
  const evicted = isAtLimit ? (subscribers[0] ?? null) : null
  return { status: 'subscribed', list: new Map([...list, [sessionId, watched]]), evicted }
}

/** A session without subscribers is no longer watched. */
export function unsubscribe<Subscriber>(
  list: WatchList<Subscriber>,
  sessionId: string,
  subscriber: Subscriber,
): WatchList<Subscriber> {
  const watched = list.get(sessionId)
  if (watched === undefined) return list
  const subscribers = watched.subscribers.filter((each) => each !== subscriber)
  return subscribers.length === 0
    ? withoutSession(list, sessionId)
    : new Map([...list, [sessionId, { ...watched, subscribers }]])
}

/** Applies a check of a session. `null` means that the store failed: the session is due again immediately. */
export function applyCheck<Subscriber>(
  list: WatchList<Subscriber>,
  sessionId: string,
  result: SessionStatus | null,
): CheckResult<Subscriber> {
  const watched = list.get(sessionId)
  if (watched === undefined) return { list, notified: [] }
  if (result?.status === 'ended') {
    return { list: withoutSession(list, sessionId), notified: watched.subscribers }
  }
  const checkAt = result === null ? Number.NEGATIVE_INFINITY : result.until
  return { list: new Map([...list, [sessionId, { ...watched, checkAt }]]), notified: [] }
}

/** The sessions to check at `now`. */
export function dueSessions(list: WatchList<unknown>, now: Instant): readonly string[] {
  return [...list].filter(([, { checkAt }]) => now >= checkAt).map(([sessionId]) => sessionId)
}

export function countSubscribers(list: WatchList<unknown>): number {
  return [...list.values()].reduce((sum, { subscribers }) => sum + subscribers.length, 0)
}

function withoutSession<Subscriber>(
  list: WatchList<Subscriber>,
  sessionId: string,
): WatchList<Subscriber> {
  return new Map([...list].filter(([id]) => id !== sessionId))
}
