import type { SessionId, SessionRecord } from '../domain/session.ts'
import { type Instant, type Milliseconds, second } from '../domain/time.ts'

/** Recorded activity of one session that is not written yet. */
export interface PendingActivity {
  readonly at: Instant
  /** From this instant on it is written even if the session is still in use. */
  readonly dueAt: Instant
  /** The idle deadline by the stored record: the store rejects activity from this instant on. */
  readonly rejectedAt: Instant
  /** Whether it was recorded after the last flush. */
  readonly isNew: boolean
}

export type ActivityBatch = ReadonlyMap<SessionId, PendingActivity>

/**
 * How far stored activity may lag behind that of a session in constant use, or a quarter of the
 * idle timeout if that is less. The last activity of a session is written with the next flush.
 */
const maxDelay = 10 * second

export function toPendingActivity(record: SessionRecord, at: Instant): PendingActivity {
  const { lastActivityAt, idleTimeout } = record
  const dueAt = lastActivityAt + Math.min(maxDelay, idleTimeout / 4)
  return { at, dueAt, rejectedAt: lastActivityAt + idleTimeout, isNew: true }
}

/** Whether activity is later than the latest by at least the precision. */
export function isRelevant(at: Instant, latest: Instant, precision: Milliseconds): boolean {
  return at - latest >= Math.max(precision, 1)
}

/**
 * Whether `next` may replace `current`. Not if the store would reject it: only `current` then keeps
 * the session active.
 */
export function mayReplace(current: PendingActivity | undefined, next: PendingActivity): boolean {
  return current === undefined || next.at < next.rejectedAt
}

/**
 * Splits off what must be written now: activity that has waited long enough, and that of sessions
 * not used since the last flush.
 */
export function splitDue(pending: ActivityBatch): {
  readonly due: ActivityBatch
  readonly rest: Map<SessionId, PendingActivity>
} {
  const due = new Map<SessionId, PendingActivity>()
  const rest = new Map<SessionId, PendingActivity>()
  for (const [id, activity] of pending) {
    if (activity.isNew && activity.at < activity.dueAt) rest.set(id, { ...activity, isNew: false })
    else due.set(id, activity)
  }
  return { due, rest }
}

/**
 * The batch as the store has written it. A rejected session has ended, or another process has
 * written later activity. To trust the rejected activity would keep the session active only here.
 */
export function withoutRejected(
  batch: ActivityBatch,
  rejected: readonly SessionId[],
): ActivityBatch {
  const written = new Map(batch)
  for (const id of rejected) written.delete(id)
  return written
}

/** Merges a batch that failed into what was recorded during the write. The later activity wins. */
export function requeue(
  failed: ActivityBatch,
  newer: ActivityBatch,
): Map<SessionId, PendingActivity> {
  const merged = new Map([...failed, ...newer])
  for (const [id, earlier] of failed) {
    const later = newer.get(id)
    if (later !== undefined && !mayReplace(earlier, later)) merged.set(id, earlier)
  }
  return merged
}
