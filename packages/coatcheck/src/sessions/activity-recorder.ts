import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant, Milliseconds } from '../domain/time.ts'
import { second } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'

/** Keeps what is known of activity until it is written. */
export interface ActivityRecorder {
  /** Notes that the session was used; written with the next flush, and only if it is news. */
  record(session: SessionRecord, at: Instant): void
  /**
   * The latest activity known in this process, written or not; that of the record where none is.
   */
  latest(record: SessionRecord): Instant
  /**
   * Writes all that is noted. Rejects when the store fails; what was noted is kept for the next try.
   */
  flush(): Promise<void>
  /** Stops the timer and writes what is noted. What is noted afterwards is lost. */
  close(): Promise<void>
}

export interface ActivityRecorderOptions {
  readonly store: Pick<SessionStore, 'touch'>
  readonly precision: Milliseconds
  /** Told how many sessions' activity was given up. */
  readonly onDropped: (count: number) => void
}

/**
 * At most one write a second, whatever the load (ASVS 5.0 V7.3.1 asks for the limit, not
 * for a write per request).
 */
const flushInterval = second

/**
 * How far what is stored may lie behind a session in constant use; a quarter of its idle timeout where
 * that is less. When the session falls quiet its last activity is written with the next flush.
 */
const maxDelay = 10 * second

/**
 * Sessions whose activity may wait at once; only a store that is long away lets it grow to that.
 */
const capacity = 200_000

/** An activity that waits, or is on its way. */
interface PendingActivity {
  readonly at: Instant
  /** From when on it is written even if the session is in use. */
  readonly dueAt: Instant
  /** Whether it came, or came again, since the last flush. */
  isNew: boolean
  /** When the session is over by what the store knew: a write from then on would be refused. */
  readonly rejectedAt: Instant
}

type Batch = ReadonlyMap<SessionId, PendingActivity>

/**
 * Coalesces activity: a thousand requests of one session are one entry, and one
 * second is one statement.
 */
export function createActivityRecorder(options: ActivityRecorderOptions): ActivityRecorder {
  const { store, precision } = options
  let pending = new Map<SessionId, PendingActivity>()
  let writing: Batch = new Map()
  /** The last batch written, for a request that read its record before. */
  let written: Batch = new Map()
  let closed = false
  let flushing: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null

  function record(session: SessionRecord, at: Instant): void {
    if (at - latest(session) < Math.max(precision, 1)) return
    if (closed || !hasCapacity(session.id)) {
      options.onDropped(1)
      return
    }
    const rejectedAt = session.lastActivityAt + session.idleTimeout
    if (pending.has(session.id) && at >= rejectedAt) return
    const dueAt = session.lastActivityAt + Math.min(maxDelay, session.idleTimeout / 4)
    pending.set(session.id, { at, dueAt, rejectedAt, isNew: true })
    startTimer()
  }

  function hasCapacity(id: SessionId): boolean {
    return pending.has(id) || pending.size + writing.size < capacity
  }

  function latest({ id, lastActivityAt }: SessionRecord): Instant {
    const activity = pending.get(id) ?? writing.get(id) ?? written.get(id)
    return Math.max(activity?.at ?? lastActivityAt, lastActivityAt)
  }

  function flushInBackground(): void {
    // The store's failure reaches people through their own requests; here the
    // next second tries again.
    enqueue(drainDue).catch(startTimer)
  }

  /**
   * Started by the first activity, not by construction, and never a reason
   * for a process to live on.
   */
  function startTimer(): void {
    timer ??= setTimeout(flushInBackground, flushInterval).unref()
  }

  function flush(): Promise<void> {
    return enqueue(drainAll)
  }

  function enqueue(drain: () => Batch): Promise<void> {
    // One after the other: a flush that overtook an earlier one would forget what that one holds.
    const write = () => writeOnce(drain)
    flushing = flushing.then(write, write)
    return flushing
  }

  function drainAll(): Batch {
    const drained = pending
    pending = new Map()
    return drained
  }

  /** What lies far enough ahead of the store, and what was not used again since the last flush. */
  function drainDue(): Batch {
    const due = new Map<SessionId, PendingActivity>()
    for (const [id, activity] of pending) {
      if (activity.isNew && activity.at < activity.dueAt) activity.isNew = false
      else due.set(id, activity)
    }
    for (const id of due.keys()) pending.delete(id)
    return due
  }

  async function writeOnce(drain: () => Batch): Promise<void> {
    stopTimer()
    writing = drain()
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

  return { record, latest, flush, close }
}

/**
 * What was written in truth. The rest the store knows better: another process was a
 * moment ahead, or the session is over. To go on believing what was noted would keep it
 * alive here and nowhere else.
 */
function withoutRejected(batch: Batch, rejected: readonly SessionId[]): Batch {
  const remaining = new Map(batch)
  for (const id of rejected) remaining.delete(id)
  return remaining
}

/**
 * What failed and what came meanwhile, the later of two where the store would take it. Where it
 * would not, the earlier must go first: it is what keeps the session alive until the later.
 */
function requeue(failed: Batch, newer: Batch): Map<SessionId, PendingActivity> {
  const merged = new Map([...failed, ...newer])
  for (const [id, earlier] of failed) {
    const later = newer.get(id)
    if (later !== undefined && later.at >= later.rejectedAt) merged.set(id, earlier)
  }
  return merged
}
