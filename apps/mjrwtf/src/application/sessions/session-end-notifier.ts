import type { Clock } from 'coatcheck'
import { type Instant, second } from '../../domain/time.ts'
import type { SessionMonitor, Unsubscribe } from '../ports/session-monitor.ts'

/** A page that is open in somebody's browser, as far as it can be told something. Nothing here throws, also when it is gone. */
export interface Subscriber {
  /** The session is over, and why. Nothing is told after it. */
  onEnded(reason: string): void
  /** A sign of life, so that nothing on the way takes the connection for dead. `false`: nobody reads it. */
  heartbeat(): boolean
  /** Nothing more will be told, whatever becomes of the session. */
  close(): void
}

/** Tells open pages that their session has ended, whichever process ended it. */
export interface SessionEndNotifier {
  /**
   * Watches the session for the tab from now on. Returns how to let the tab go, or `null` where no more are
   * watched. Of too many tabs of one session the oldest is closed.
   */
  subscribe(sessionId: string, subscriber: Subscriber): (() => void) | null
  /** How many tabs are watched. */
  count(): number
  /** Closes every tab, and takes no more. */
  close(): Promise<void>
}

export interface SessionEndNotifierOptions {
  readonly monitor: SessionMonitor
  readonly clock: Clock
  /** Tabs of one session, at most. Default 6. */
  readonly maxPerSession?: number
  /** Tabs in this process, at most. Default 2 000. */
  readonly max?: number
  /** Time between two signs of life, in ms. Default 20 s. */
  readonly heartbeatInterval?: number
}

interface WatchedSession {
  readonly subscribers: Set<Subscriber>
  /** When to look again even if nothing is told: a timeout changes no row. */
  until: Instant
}

/** Listens once for all tabs, from the first on, and looks only at sessions that have one. */
export function createSessionEndNotifier(options: SessionEndNotifierOptions): SessionEndNotifier {
  const {
    monitor,
    clock,
    maxPerSession = 6,
    max = 2_000,
    heartbeatInterval = 20 * second,
  } = options
  const bySession = new Map<string, WatchedSession>()
  const due = new Set<string>()
  let isChecking = false
  let isClosed = false
  let stopListening: Unsubscribe | null = null
  const timer = setInterval(tick, heartbeatInterval).unref()

  function scheduleCheck(sessionId: string): void {
    if (!bySession.has(sessionId)) return
    due.add(sessionId)
    if (!isChecking) void checkDue()
  }

  /** One after the other: when anything may have changed, the store is not asked for everything at once. */
  async function checkDue(): Promise<void> {
    isChecking = true
    for (const sessionId of due) {
      due.delete(sessionId)
      await check(sessionId)
    }
    isChecking = false
  }

  async function check(sessionId: string): Promise<void> {
    const sessionStatus = await monitor.check(sessionId).catch(() => null)
    const watched = bySession.get(sessionId)
    if (watched === undefined) return
    // The store failed: nothing is known, and the next beat asks again.
    if (sessionStatus === null) watched.until = Number.NEGATIVE_INFINITY
    else if (sessionStatus.status === 'active') watched.until = sessionStatus.until
    else
      for (const subscriber of unsubscribeAll(sessionId)) subscriber.onEnded(sessionStatus.reason)
  }

  function unsubscribeAll(sessionId: string): readonly Subscriber[] {
    const subscribers = [...(bySession.get(sessionId)?.subscribers ?? [])]
    bySession.delete(sessionId)
    return subscribers
  }

  function unsubscribe(sessionId: string, subscriber: Subscriber): void {
    const watched = bySession.get(sessionId)
    watched?.subscribers.delete(subscriber)
    if (watched?.subscribers.size === 0) bySession.delete(sessionId)
  }

  function tick(): void {
    const now = clock.now()
    for (const [sessionId, { subscribers, until }] of bySession) {
      if (now >= until) scheduleCheck(sessionId)
      for (const subscriber of [...subscribers])
        if (!subscriber.heartbeat()) disconnect(sessionId, subscriber)
    }
  }

  function disconnect(sessionId: string, subscriber: Subscriber): void {
    unsubscribe(sessionId, subscriber)
    subscriber.close()
  }

  function count(): number {
    return [...bySession.values()].reduce((sum, { subscribers }) => sum + subscribers.size, 0)
  }

  return {
    count,
    subscribe(sessionId, subscriber) {
      if (isClosed || count() >= max) return null
      stopListening ??= monitor.subscribe({
        onChange: scheduleCheck,
        onReset: () => [...bySession.keys()].forEach(scheduleCheck),
      })
      const watched = bySession.get(sessionId) ?? { subscribers: new Set(), until: clock.now() }
      bySession.set(sessionId, watched)
      const [oldest] = watched.subscribers
      watched.subscribers.add(subscriber)
      if (oldest !== undefined && watched.subscribers.size > maxPerSession)
        disconnect(sessionId, oldest)
      // It may have ended since it was verified.
      scheduleCheck(sessionId)
      return () => unsubscribe(sessionId, subscriber)
    },
    async close() {
      isClosed = true
      clearInterval(timer)
      for (const sessionId of [...bySession.keys()]) {
        for (const subscriber of unsubscribeAll(sessionId)) subscriber.close()
      }
      await stopListening?.()
    },
  }
}
