import type { SessionId, SessionRecord } from '../domain/session.ts'
import { type Instant, type Milliseconds, second } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { unref } from '../ports/unref.ts'
import {
  type ActivityBatch,
  isRelevant,
  mayReplace,
  type PendingActivity,
  requeue,
  splitDue,
  toPendingActivity,
  withoutRejected,
} from './activity-batch.ts'

/** Writes the activity of sessions, at once or later. */
export interface ActivityRecorder {
  /**
   * Records a use of the session. Ignored if too close to the latest known activity. Returns the write for
   * which the request must wait, or `null`. The write does not reject.
   */
  record(session: SessionRecord, at: Instant): Promise<void> | null
  /** The latest activity of the record and of this process, written or not. */
  latest(record: SessionRecord): Instant
  /** The latest activity that this process has recorded and that a record may lack, or `null`. */
  recordedAt(id: SessionId): Instant | null
  /** Writes all pending activity. If the store fails, it rejects and the activity stays pending. */
  flush(): Promise<void>
  /** Stops the timer and writes all pending activity. Activity recorded afterwards is dropped. */
  close(): Promise<void>
}

export interface ActivityRecorderOptions {
  readonly store: Pick<SessionStore, 'touch'>
  readonly precision: Milliseconds
  /** Receives the number of sessions whose activity was dropped. */
  readonly onDropped: (count: number) => void
}

/** At most one write per second under any load (ASVS 5.0 V7.3.1 needs no write per request). */
const flushInterval = second

/** Sessions with unwritten activity. Only reached if the store is unavailable for a long time. */
const capacity = 200_000

/** Combines the requests of a session into one entry, and those of one second into one statement. */
export function createActivityRecorder(options: ActivityRecorderOptions): ActivityRecorder {
  const { store, precision } = options
  let pending = new Map<SessionId, PendingActivity>()
  let writing: ActivityBatch = new Map()
  /** The last written batch, for requests that have read their record before the write. */
  let written: ActivityBatch = new Map()
  let closed = false
  let flushing: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null

  function record(session: SessionRecord, at: Instant): null {
    if (!isRelevant(at, latest(session), precision)) return null
    if (closed || !hasCapacity(session.id)) {
      options.onDropped(1)
      return null
    }
    const activity = toPendingActivity(session, at)
    if (!mayReplace(pending.get(session.id), activity)) return null
    pending.set(session.id, activity)
    startTimer()
    return null
  }

  function hasCapacity(id: SessionId): boolean {
    return pending.has(id) || pending.size + writing.size < capacity
  }

  function latest({ id, lastActivityAt }: SessionRecord): Instant {
    return Math.max(recordedAt(id) ?? lastActivityAt, lastActivityAt)
  }

  function recordedAt(id: SessionId): Instant | null {
    return (pending.get(id) ?? writing.get(id) ?? written.get(id))?.at ?? null
  }

  /** Started by the first activity. It does not keep the process running. */
  function startTimer(): void {
    // If the store fails, requests report it; the timer only tries again.
    timer ??= unref(setTimeout(() => enqueue(takeDue).catch(startTimer), flushInterval))
  }

  function flush(): Promise<void> {
    return enqueue(takeAll)
  }

  function enqueue(take: () => ActivityBatch): Promise<void> {
    // One at a time: `writing` and `written` hold one batch each.
    const write = () => writeOnce(take)
    flushing = flushing.then(write, write)
    return flushing
  }

  function takeAll(): ActivityBatch {
    const all = pending
    pending = new Map()
    return all
  }

  function takeDue(): ActivityBatch {
    const { due, rest } = splitDue(pending)
    pending = rest
    return due
  }

  async function writeOnce(take: () => ActivityBatch): Promise<void> {
    stopTimer()
    writing = take()
    if (pending.size > 0) startTimer()
    if (writing.size === 0) return
    try {
      const activities = Array.from(writing, ([id, { at }]) => ({ id, at }))
      const rejected = await store.touch(activities, precision)
      written = withoutRejected(writing, rejected)
    } catch (error) {
      pending = requeue(writing, pending)
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
    closed = true
    stopTimer()
    try {
      await flush()
    } catch (error) {
      options.onDropped(pending.size)
      throw error
    }
  }

  return { record, latest, recordedAt, flush, close }
}
