import { type Milliseconds, second } from '../../domain/time.ts'
import type { SessionEnds } from '../ports/user-sessions.ts'
import { createWatchList, type WatchedPage, type WatchLimits, watchLimits } from './watch-list.ts'

/** An open page. No function throws, even if the page is closed. */
export interface Subscriber {
  /** The session has ended for this reason. Called at most once, as the last call. */
  onEnded(reason: string): void
  /** Keeps the connection alive. Returns `false` if the client no longer reads. */
  heartbeat(): boolean
  /** No calls follow, whatever happens to the session. */
  close(): void
}

/** Notifies open pages that their session has ended, in this process or another. */
export interface SessionEndNotifier {
  /**
   * Subscribes a page to the end of its session. Returns a function that unsubscribes it, or `null` if there are too many
   * subscribers or the notifier is closed. Beyond the limit of a session or a user their oldest page is closed. While all
   * places are taken, the oldest page of the user with most is closed for a user who has fewer (see `Places`).
   */
  subscribe(page: WatchedPage, subscriber: Subscriber): (() => void) | null
  /** Number of subscribers. */
  count(): number
  /** Closes all pages, and accepts no more. */
  close(): Promise<void>
}

export interface SessionEndNotifierOptions extends Partial<WatchLimits> {
  readonly sessionEnds: SessionEnds
  /** Time between two heartbeats of a page. Default 20 s. */
  readonly heartbeatInterval?: Milliseconds
}

/** Heartbeats are spread over as many turns, because 2,000 at once would delay requests. */
const turnsPerInterval = 20

/** Watches only sessions that have a page. */
export function createSessionEndNotifier(options: SessionEndNotifierOptions): SessionEndNotifier {
  const { sessionEnds, heartbeatInterval = 20 * second } = options
  const watchList = createWatchList<Subscriber>({ ...watchLimits, ...options })
  const stopWatching = new Map<Subscriber, () => void>()
  let isClosed = false
  const timer = setInterval(sendHeartbeats, heartbeatInterval / turnsPerInterval).unref()

  function sendHeartbeats(): void {
    for (const subscriber of watchList.next(Math.ceil(watchList.count() / turnsPerInterval))) {
      if (!subscriber.heartbeat()) disconnect(subscriber)
    }
  }

  function disconnect(subscriber: Subscriber): void {
    remove(subscriber)
    subscriber.close()
  }

  function remove(subscriber: Subscriber): void {
    watchList.remove(subscriber)
    stopWatching.get(subscriber)?.()
    stopWatching.delete(subscriber)
  }

  return {
    count: watchList.count,
    subscribe(page, subscriber) {
      if (isClosed) return null
      const result = watchList.add(subscriber, page)
      result.evicted.forEach(disconnect)
      if (result.status === 'full') return null
      const stop = sessionEnds.onEnd(page.sessionId, (reason) => {
        remove(subscriber)
        subscriber.onEnded(reason)
      })
      stopWatching.set(subscriber, stop)
      return () => remove(subscriber)
    },
    async close() {
      isClosed = true
      clearInterval(timer)
      watchList.next(watchList.count()).forEach(disconnect)
    },
  }
}
