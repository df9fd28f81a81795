import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant, Milliseconds } from '../domain/time.ts'
import { second } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'

export interface ActivityRecorder {
  /** Notes that the session was used; written with the next flush, and only if it is news. */
  note(record: SessionRecord, at: Instant): void
  /** The latest activity known in this process, written or not. */
  latest(record: SessionRecord): Instant
  /** Writes what is noted. Rejects when the store fails; what was noted is kept for the next try. */
  flush(): Promise<void>
  /** Stops the timer and writes what is noted. */
  close(): Promise<void>
}

export interface ActivityRecorderOptions {
  readonly store: Pick<SessionStore, 'touch'>
  readonly precision: Milliseconds
  /** Told how many sessions' activity was given up. */
  readonly onLost: (count: number) => void
}

/** At most one write a second, whatever the load (ASVS 5.0 V7.3.1 asks for the limit, not for a write per request). */
const flushInterval = second

/** Sessions whose activity may wait at once; only a store that is long away lets it grow to that. */
const capacity = 200_000

/** Coalesces activity: a thousand requests of one session are one entry, and one second is one statement. */
export function createActivityRecorder(options: ActivityRecorderOptions): ActivityRecorder {
  const { store, precision } = options
  let waiting = new Map<SessionId, Instant>()
  let writing = new Map<SessionId, Instant>()
  let flushing: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null

  function note(record: SessionRecord, at: Instant): void {
    if (at - latest(record) < Math.max(precision, 1)) return
    if (waiting.size >= capacity && !waiting.has(record.id)) {
      options.onLost(1)
      return
    }
    waiting.set(record.id, at)
    // Started by the first activity, not by construction, and never a reason for a process to live on.
    timer ??= setTimeout(flushInBackground, flushInterval).unref()
  }

  function latest(record: SessionRecord): Instant {
    const noted = waiting.get(record.id) ?? writing.get(record.id) ?? record.lastActivityAt
    return Math.max(noted, record.lastActivityAt)
  }

  function flushInBackground(): void {
    // The store's failure reaches people through their own requests; here the next second tries again.
    flush().catch(() => restartTimer())
  }

  function restartTimer(): void {
    timer ??= setTimeout(flushInBackground, flushInterval).unref()
  }

  function flush(): Promise<void> {
    // One after the other: a flush that overtook an earlier one would forget what that one holds.
    flushing = flushing.then(writeOnce, writeOnce)
    return flushing
  }

  async function writeOnce(): Promise<void> {
    stopTimer()
    if (waiting.size === 0) return
    writing = waiting
    waiting = new Map()
    try {
      await store.touch(
        Array.from(writing, ([id, at]) => ({ id, at })),
        precision,
      )
    } catch (error) {
      waiting = new Map([...writing, ...waiting])
      throw error
    } finally {
      writing = new Map()
    }
  }

  function stopTimer(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  async function close(): Promise<void> {
    stopTimer()
    try {
      await flush()
    } catch (error) {
      options.onLost(waiting.size)
      throw error
    }
  }

  return { note, latest, flush, close }
}
