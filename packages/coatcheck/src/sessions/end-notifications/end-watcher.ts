import { isCorruptRecord } from '../../domain/errors.ts'
import {
  type EndReason,
  expiry,
  idleGrace,
  type SessionEnd,
  type SessionId,
  type SessionRecord,
} from '../../domain/session.ts'
import { type Instant, type Milliseconds, second } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import type { Clock } from '../../ports/system.ts'
import { unref } from '../../ports/unref.ts'

/** Receives the end of a session, once. */
export type EndCallback = (reason: SessionEnd) => void

/** Watches sessions and reports their ends. */
export interface EndWatcher {
  /** Reports the end of the session to the callback. Returns a function that stops that. */
  watch(id: SessionId, callback: EndCallback): () => void
  /** The session has ended, as this process knows. */
  ended(id: SessionId, reason: EndReason): void
  /** The session may have ended: reads it. */
  changed(id: SessionId): void
  /** Any session may have ended. */
  changedAll(): void
  /** Reports nothing from now on. */
  close(): void
}

export interface EndWatcherOptions {
  readonly store: Pick<SessionStore, 'find'>
  readonly clock: Clock
  /** The latest activity that this process knows of. */
  readonly latestActivity: (record: SessionRecord) => Instant
  /** Whether `changed` and `changedAll` are called for the changes of other processes. Keeps it so. */
  readonly isNotified: () => boolean
}

/** Time between two rounds of the timer: the maximum delay of a timeout. */
const roundInterval: Milliseconds = 250

/** How often a session is read while no channel reports the changes of other processes. */
export const endPollInterval: Milliseconds = 10 * second

interface Watch {
  readonly callbacks: Set<{ readonly call: EndCallback }>
  readAt: Instant
  /** When it expires unless there is activity before. */
  expiresAt: Instant
}

/** Uses one timer, and only while a session is watched. Reads one session at a time. */
export function createEndWatcher(options: EndWatcherOptions): EndWatcher {
  const { store, clock, isNotified } = options
  const watches = new Map<SessionId, Watch>()
  const pending = new Set<SessionId>()
  let timer: ReturnType<typeof setInterval> | null = null
  let isReading = false
  let notifiedAt = Number.NEGATIVE_INFINITY

  function schedule(id: SessionId): void {
    if (!watches.has(id)) return
    pending.add(id)
    if (!isReading) void readPending()
  }

  /** Stops at the first failure, so that a failing store gets one read per round. */
  async function readPending(): Promise<void> {
    isReading = true
    for (const id of pending) {
      pending.delete(id)
      if (watches.has(id) && !(await readSession(id))) {
        pending.add(id)
        break
      }
    }
    isReading = false
  }

  /** Returns whether the store has responded. An unreadable record is not an end. */
  async function readSession(id: SessionId): Promise<boolean> {
    const readAt = clock.now()
    try {
      const record = await store.find(id)
      const end = record === null ? 'deleted' : endOf(record, readAt)
      const watch = watches.get(id)
      if (end !== null) finish(id, end)
      else if (watch !== undefined && record !== null) {
        watch.readAt = readAt
        watch.expiresAt = Math.min(record.expiresAt, idleDeadline(record) + idleGrace)
      }
      return true
    } catch (error) {
      return isCorruptRecord(error)
    }
  }

  function endOf(record: SessionRecord, now: Instant): SessionEnd | null {
    if (record.endReason !== null) return record.endReason
    const lastActivityAt = options.latestActivity(record) + idleGrace
    return expiry({ ...record, lastActivityAt }, now)
  }

  function idleDeadline(record: SessionRecord): Instant {
    return options.latestActivity(record) + record.idleTimeout
  }

  function finish(id: SessionId, reason: SessionEnd): void {
    const watch = watches.get(id)
    forget(id)
    for (const { call } of watch?.callbacks ?? []) {
      try {
        call(reason)
      } catch {
        // An error of one callback must not keep the others from being called.
      }
    }
  }

  function forget(id: SessionId): void {
    watches.delete(id)
    pending.delete(id)
    if (watches.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  function runRound(): void {
    const now = clock.now()
    // Asked in every round: some channels look for changes only then.
    if (isNotified()) notifiedAt = now
    for (const [id, watch] of watches) {
      const knownAt = Math.max(watch.readAt, notifiedAt)
      if (watch.expiresAt <= now || knownAt <= now - endPollInterval) pending.add(id)
    }
    if (pending.size > 0 && !isReading) void readPending()
  }

  function startTimer(): void {
    timer ??= unref(setInterval(runRound, roundInterval))
  }

  return {
    watch(id, call) {
      const entry = { call }
      const watch = watches.get(id) ?? newWatch()
      watch.callbacks.add(entry)
      watches.set(id, watch)
      startTimer()
      isNotified()
      // The session may have ended since it was verified.
      schedule(id)
      return () => {
        watch.callbacks.delete(entry)
        if (watch.callbacks.size === 0 && watches.get(id) === watch) forget(id)
      }
    },
    ended: finish,
    changed: schedule,
    changedAll() {
      for (const id of watches.keys()) schedule(id)
    },
    close() {
      for (const id of watches.keys()) forget(id)
    },
  }
}

function newWatch(): Watch {
  return { callbacks: new Set(), readAt: 0, expiresAt: Number.POSITIVE_INFINITY }
}
