import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import { isRelevant } from './activity-batch.ts'
import type { ActivityRecorder, ActivityRecorderOptions } from './activity-recorder.ts'
import { createRecentMap } from './unknown-tokens/recent-map.ts'

/** Receives the promise of a write, so that the platform waits for it after the response. */
export type WaitUntil = (write: Promise<void>) => void

export interface ImmediateActivityOptions extends ActivityRecorderOptions {
  /** `null`: the request waits for the write itself. */
  readonly waitUntil: WaitUntil | null
}

/** Sessions whose last activity is remembered: at least the last ones of this number. */
const maxRemembered = 10_000

/**
 * Writes activity in the request that causes it. Needs no timer: a serverless process is suspended after the
 * response, or is discarded with what it has not written.
 */
export function createImmediateActivity(options: ImmediateActivityOptions): ActivityRecorder {
  const { store, precision, onDropped, waitUntil } = options
  /** For parallel requests, which have read their record before the write. */
  const recorded = createRecentMap<Instant>(maxRemembered)
  const writes = new Set<Promise<void>>()
  let closed = false

  function record(session: SessionRecord, at: Instant): Promise<void> | null {
    if (!isRelevant(at, latest(session), precision)) return null
    if (closed) {
      onDropped(1)
      return null
    }
    recorded.set(session.id, at)
    const write = writeOne(session.id, at).finally(() => writes.delete(write))
    writes.add(write)
    return isHandedOver(write) ? null : write
  }

  /** Outside a request, the function of a platform throws: the caller then waits itself. */
  function isHandedOver(write: Promise<void>): boolean {
    try {
      waitUntil?.(write)
      return waitUntil !== null
    } catch {
      return false
    }
  }

  /** Does not reject: the session is valid, and the store has reported its failure. */
  async function writeOne(id: SessionId, at: Instant): Promise<void> {
    try {
      const rejected = await store.touch([{ id, at }], precision)
      if (rejected.includes(id)) forget(id, at)
    } catch {
      forget(id, at)
      onDropped(1)
    }
  }

  /** To trust activity that the store does not have would keep the session active only here. */
  function forget(id: SessionId, at: Instant): void {
    if (recorded.get(id) === at) recorded.delete(id)
  }

  function latest({ id, lastActivityAt }: SessionRecord): Instant {
    return Math.max(recordedAt(id) ?? lastActivityAt, lastActivityAt)
  }

  function recordedAt(id: SessionId): Instant | null {
    return recorded.get(id) ?? null
  }

  async function flush(): Promise<void> {
    await Promise.all(writes)
  }

  return {
    record,
    latest,
    recordedAt,
    flush,
    async close() {
      closed = true
      await flush()
    },
  }
}
