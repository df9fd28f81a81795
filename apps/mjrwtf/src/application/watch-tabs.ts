import { type Instant, second } from '../domain/time.ts'
import type { Clock } from './ports/clock.ts'
import type { SessionWatch, StopListening } from './ports/session-watch.ts'

/** A page that is open in somebody's browser, as far as it can be told something. Nothing here throws, also when it is gone. */
export interface OpenTab {
  /** The session is over, and why. Nothing is told after it. */
  over(reason: string): void
  /** A sign of life, so that nothing on the way takes the connection for dead. `false`: nobody reads it. */
  beat(): boolean
  /** Nothing more will be told, whatever becomes of the session. */
  close(): void
}

/** Tells open pages that their session has ended, whichever process ended it. */
export interface TabWatch {
  /**
   * Watches the session for the tab from now on. Returns how to let the tab go, or `null` where no more are
   * watched. Of too many tabs of one session the oldest is closed.
   */
  add(sessionId: string, tab: OpenTab): (() => void) | null
  /** How many tabs are watched. */
  count(): number
  /** Closes every tab, and takes no more. */
  close(): Promise<void>
}

export interface WatchTabsOptions {
  readonly watch: SessionWatch
  readonly clock: Clock
  /** Tabs of one session, at most. Default 6. */
  readonly mostPerSession?: number
  /** Tabs in this process, at most. Default 2 000. */
  readonly most?: number
  /** Time between two signs of life, in ms. Default 20 s. */
  readonly heartbeat?: number
}

interface Watched {
  readonly tabs: Set<OpenTab>
  /** When to look again even if nothing is told: a timeout changes no row. */
  until: Instant
}

/** Listens once for all tabs, from the first on, and looks only at sessions that have one. */
export function createTabWatch(options: WatchTabsOptions): TabWatch {
  const { watch, clock, mostPerSession = 6, most = 2_000, heartbeat = 20 * second } = options
  const bySession = new Map<string, Watched>()
  const due = new Set<string>()
  let isLooking = false
  let isClosed = false
  let stopListening: StopListening | null = null
  const timer = setInterval(beat, heartbeat).unref()

  function lookAt(sessionId: string): void {
    if (!bySession.has(sessionId)) return
    due.add(sessionId)
    if (!isLooking) void lookAtDue()
  }

  /** One after the other: when anything may have changed, the store is not asked for everything at once. */
  async function lookAtDue(): Promise<void> {
    isLooking = true
    for (const sessionId of due) {
      due.delete(sessionId)
      await look(sessionId)
    }
    isLooking = false
  }

  async function look(sessionId: string): Promise<void> {
    const life = await watch.look(sessionId).catch(() => null)
    const watched = bySession.get(sessionId)
    if (watched === undefined) return
    // The store failed: nothing is known, and the next beat asks again.
    if (life === null) watched.until = Number.NEGATIVE_INFINITY
    else if (life.status === 'live') watched.until = life.until
    else for (const tab of letGoOf(sessionId)) tab.over(life.reason)
  }

  function letGoOf(sessionId: string): readonly OpenTab[] {
    const tabs = [...(bySession.get(sessionId)?.tabs ?? [])]
    bySession.delete(sessionId)
    return tabs
  }

  function letGo(sessionId: string, tab: OpenTab): void {
    const watched = bySession.get(sessionId)
    watched?.tabs.delete(tab)
    if (watched?.tabs.size === 0) bySession.delete(sessionId)
  }

  function beat(): void {
    const now = clock.now()
    for (const [sessionId, { tabs, until }] of bySession) {
      if (now >= until) lookAt(sessionId)
      for (const tab of [...tabs]) if (!tab.beat()) drop(sessionId, tab)
    }
  }

  function drop(sessionId: string, tab: OpenTab): void {
    letGo(sessionId, tab)
    tab.close()
  }

  function count(): number {
    return [...bySession.values()].reduce((sum, { tabs }) => sum + tabs.size, 0)
  }

  return {
    count,
    add(sessionId, tab) {
      if (isClosed || count() >= most) return null
      stopListening ??= watch.listen({
        changed: lookAt,
        anyChanged: () => [...bySession.keys()].forEach(lookAt),
      })
      const watched = bySession.get(sessionId) ?? { tabs: new Set(), until: clock.now() }
      bySession.set(sessionId, watched)
      const [oldest] = watched.tabs
      watched.tabs.add(tab)
      if (oldest !== undefined && watched.tabs.size > mostPerSession) drop(sessionId, oldest)
      // It may have ended since it was verified.
      lookAt(sessionId)
      return () => letGo(sessionId, tab)
    },
    async close() {
      isClosed = true
      clearInterval(timer)
      for (const sessionId of [...bySession.keys()]) {
        for (const tab of letGoOf(sessionId)) tab.close()
      }
      await stopListening?.()
    },
  }
}
