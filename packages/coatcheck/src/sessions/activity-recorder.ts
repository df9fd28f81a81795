import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant, Milliseconds } from '../domain/time.ts'
import { second } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'

/** Keeps what is known of activity until it is written. */
export interface ActivityRecorder {
  /** Notes that the session was used; written with the next flush, and only if it is news. */
  note(record: SessionRecord, at: Instant): void
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
  readonly onLost: (count: number) => void
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
const longestDelay = 10 * second

/**
 * Sessions whose activity may wait at once; only a store that is long away lets it grow to that.
 */
const capacity = 200_000

/** An activity that waits, or is on its way. */
interface Noted {
  readonly at: Instant
  /** From when on it is written even if the session is in use. */
  readonly dueFrom: Instant
  /** Whether it came, or came again, since the last flush. */
  isNew: boolean
  /** When the session is over by what the store knew: a write from then on would be refused. */
  readonly refusedFrom: Instant
}

type Batch = ReadonlyMap<SessionId, Noted>

/**
 * Coalesces activity: a thousand requests of one session are one entry, and one
 * second is one statement.
 */
export function createActivityRecorder(options: ActivityRecorderOptions): ActivityRecorder {
  const { store, precision } = options
  let waiting = new Map<SessionId, Noted>()
  let writing: Batch = new Map()
  /** The last batch written, for a request that read its record before. */
  let written: Batch = new Map()
  let closed = false
  let flushing: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null

  function note(record: SessionRecord, at: Instant): void {
    if (at - latest(record) < Math.max(precision, 1)) return
    if (closed || !hasRoom(record.id)) {
      options.onLost(1)
      return
    }
    const refusedFrom = record.lastActivityAt + record.idleTimeout
    if (waiting.has(record.id) && at >= refusedFrom) return
    const dueFrom = record.lastActivityAt + Math.min(longestDelay, record.idleTimeout / 4)
    waiting.set(record.id, { at, dueFrom, refusedFrom, isNew: true })
    startTimer()
  }

  function hasRoom(id: SessionId): boolean {
    return waiting.has(id) || waiting.size + writing.size < capacity
  }

  function latest({ id, lastActivityAt }: SessionRecord): Instant {
    const noted = waiting.get(id) ?? writing.get(id) ?? written.get(id)
    return Math.max(noted?.at ?? lastActivityAt, lastActivityAt)
  }

  function flushInBackground(): void {
    // The store's failure reaches people through their own requests; here the
    // next second tries again.
    enqueue(takeDue).catch(startTimer)
  }

  /**
   * Started by the first activity, not by construction, and never a reason
   * for a process to live on.
   */
  function startTimer(): void {
    timer ??= setTimeout(flushInBackground, flushInterval).unref()
  }

  function flush(): Promise<void> {
    return enqueue(takeAll)
  }

  function enqueue(take: () => Batch): Promise<void> {
    // One after the other: a flush that overtook an earlier one would forget what that one holds.
    const write = () => writeOnce(take)
    flushing = flushing.then(write, write)
    return flushing
  }

  function takeAll(): Batch {
    const all = waiting
    waiting = new Map()
    return all
  }

  /** What lies far enough ahead of the store, and what was not used again since the last flush. */
  function takeDue(): Batch {
    const due = new Map<SessionId, Noted>()
    for (const [id, noted] of waiting) {
      if (noted.isNew && noted.at < noted.dueFrom) noted.isNew = false
      else due.set(id, noted)
    }
    for (const id of due.keys()) waiting.delete(id)
    return due
  }

  async function writeOnce(take: () => Batch): Promise<void> {
    stopTimer()
    writing = take()
    if (waiting.size > 0) startTimer()
    if (writing.size === 0) return
    try {
      const activities = Array.from(writing, ([id, { at }]) => ({ id, at }))
      const notMoved = await store.touch(activities, precision)
      written = without(writing, notMoved)
    } catch (error) {
      waiting = takeBack(writing, waiting)
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
      options.onLost(waiting.size)
      throw error
    }
  }

  return { note, latest, flush, close }
}

/**
 * What was written in truth. The rest the store knows better: another process was a
 * moment ahead, or the session is over. To go on believing what was noted would keep it
 * alive here and nowhere else.
 */
function without(batch: Batch, notMoved: readonly SessionId[]): Batch {
  const rest = new Map(batch)
  for (const id of notMoved) rest.delete(id)
  return rest
}

/**
 * What failed and what came meanwhile, the later of two where the store would take it. Where it
 * would not, the earlier must go first: it is what keeps the session alive until the later.
 */
function takeBack(failed: Batch, since: Batch): Map<SessionId, Noted> {
  const all = new Map([...failed, ...since])
  for (const [id, earlier] of failed) {
    const later = since.get(id)
    if (later !== undefined && later.at >= later.refusedFrom) all.set(id, earlier)
  }
  return all
}
