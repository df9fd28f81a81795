import type { Clock } from 'coatcheck'
import { type Milliseconds, second } from '../../domain/time.ts'
import type { SessionMonitor, Unsubscribe } from '../ports/user-sessions.ts'
import {
  applyCheck,
  countSubscribers,
  dueSessions,
  subscribe,
  unsubscribe,
  type WatchList,
} from './watch-list.ts'

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
   * subscribers or the notifier is closed. Beyond the limit of one session its oldest page is closed.
   */
  subscribe(sessionId: string, subscriber: Subscriber): (() => void) | null
  /** Number of subscribers. */
  count(): number
  /** Closes all pages, and accepts no more. */
  close(): Promise<void>
}

export interface SessionEndNotifierOptions {
  readonly monitor: SessionMonitor
  readonly clock: Clock
  /** Maximum number of pages of one session. Default 6. */
  readonly maxPerSession?: number
  /** Maximum number of pages in this process. Default 2 000. */
  readonly max?: number
  /** Time between two heartbeats. Default 20 s. */
  readonly heartbeatInterval?: Milliseconds
}

/** Subscribes to the monitor once, with the first page, and checks only sessions that have a page. */
export function createSessionEndNotifier(options: SessionEndNotifierOptions): SessionEndNotifier {
  const { monitor, clock, heartbeatInterval = 20 * second } = options
  const limits = { maxPerSession: options.maxPerSession ?? 6, max: options.max ?? 2_000 }
  let watchList: WatchList<Subscriber> = new Map()
  const pendingChecks = new Set<string>()
  let isChecking = false
  let isClosed = false
  let stopListening: Unsubscribe | null = null
  const timer = setInterval(tick, heartbeatInterval).unref()

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
    const { list, notified } = applyCheck(watchList, sessionId, result)
    watchList = list
    if (result?.status !== 'ended') return
    for (const subscriber of notified) subscriber.onEnded(result.reason)
  }

  function tick(): void {
    dueSessions(watchList, clock.now()).forEach(scheduleCheck)
    for (const [sessionId, { subscribers }] of watchList) {
      for (const subscriber of subscribers) {
        if (!subscriber.heartbeat()) disconnect(sessionId, subscriber)
      }
    }
  }

  function disconnect(sessionId: string, subscriber: Subscriber): void {
    watchList = unsubscribe(watchList, sessionId, subscriber)
    subscriber.close()
  }

  return {
    count: () => countSubscribers(watchList),
    subscribe(sessionId, subscriber) {
      if (isClosed) return null
      const result = subscribe(watchList, { sessionId, subscriber, now: clock.now() }, limits)
      if (result.status === 'full') return null
      watchList = result.list
      result.evicted?.close()
      stopListening ??= monitor.subscribe({
        onChange: scheduleCheck,
        onReset: () => [...watchList.keys()].forEach(scheduleCheck),
      })
      // The session may have ended since it was verified.
      scheduleCheck(sessionId)
      return () => {
        watchList = unsubscribe(watchList, sessionId, subscriber)
      }
    },
    async close() {
      isClosed = true
      clearInterval(timer)
      const subscribers = [...watchList.values()].flatMap((watched) => watched.subscribers)
      watchList = new Map()
      for (const subscriber of subscribers) subscriber.close()
      await stopListening?.()
    },
  }
}
