import type { Clock } from 'coatcheck'
import { type Milliseconds, second } from '../../domain/time.ts'
import type { SessionMonitor, Unsubscribe } from '../ports/user-sessions.ts'
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
  readonly monitor: SessionMonitor
  readonly clock: Clock
  /** Time between two heartbeats of a page. Default 20 s. */
  readonly heartbeatInterval?: Milliseconds
}

/** Heartbeats are spread over as many turns, because 2,000 at once would delay requests. */
const turnsPerInterval = 20

/** Subscribes to the monitor once, with the first page, and checks only sessions that have a page. */
export function createSessionEndNotifier(options: SessionEndNotifierOptions): SessionEndNotifier {
  const { monitor, clock, heartbeatInterval = 20 * second } = options
  const watchList = createWatchList<Subscriber>({ ...watchLimits, ...options })
  const pendingChecks = new Set<string>()
  let isChecking = false
  let isClosed = false
  let stopListening: Unsubscribe | null = null
  const timer = setInterval(tick, heartbeatInterval / turnsPerInterval).unref()

  function scheduleCheck(sessionId: string): void {
    if (!watchList.has(sessionId)) return
    pendingChecks.add(sessionId)
    if (!isChecking) void runChecks()
  }

  /** One at a time, so that a reset does not cause a burst of queries. */
  async function runChecks(): Promise<void> {
    isChecking = true
    for (const sessionId of pendingChecks) {
      pendingChecks.delete(sessionId)
      await check(sessionId)
    }
    isChecking = false
  }

  async function check(sessionId: string): Promise<void> {
    const result = await monitor.check(sessionId).catch(() => null)
    const notified = watchList.applyCheck(sessionId, result)
    if (result?.status !== 'ended') return
    for (const subscriber of notified) subscriber.onEnded(result.reason)
  }

  function tick(): void {
    watchList.due(clock.now()).forEach(scheduleCheck)
    for (const subscriber of watchList.next(Math.ceil(watchList.count() / turnsPerInterval))) {
      if (!subscriber.heartbeat()) disconnect(subscriber)
    }
  }

  function disconnect(subscriber: Subscriber): void {
    watchList.remove(subscriber)
    subscriber.close()
  }

  return {
    count: watchList.count,
    subscribe(page, subscriber) {
      if (isClosed) return null
      const result = watchList.add(subscriber, page, clock.now())
      for (const evicted of result.evicted) evicted.close()
      if (result.status === 'full') return null
      stopListening ??= monitor.subscribe({
        onChange: scheduleCheck,
        onReset: () => watchList.sessions().forEach(scheduleCheck),
      })
      // The session may have ended since it was verified.
      scheduleCheck(page.sessionId)
      return () => watchList.remove(subscriber)
    },
    async close() {
      isClosed = true
      clearInterval(timer)
      watchList.next(watchList.count()).forEach(disconnect)
      await stopListening?.()
    },
  }
}
