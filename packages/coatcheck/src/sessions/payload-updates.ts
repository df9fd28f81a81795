import { isStoreFailure, SessionError } from '../domain/errors.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'
import type { Clock } from '../ports/system.ts'
import type { DataCodec, SessionPayload } from './data-codec.ts'
import { endReasonOf } from './judge.ts'

/**
 * Returns the new payload, or `null` to leave it unchanged. It may change the data of the payload in place,
 * which no other code holds; otherwise it has no effects. May be called again, with another payload.
 */
export type PayloadUpdate<Data> = (
  payload: SessionPayload<Data>,
  record: SessionRecord,
) => SessionPayload<Data> | null

/** The payload before and after an update. */
export interface UpdatedPayload<Data> {
  /** Its data may be changed by later updates. */
  readonly before: SessionPayload<Data>
  /** If it was changed: as a read of the store returns it, in objects that no other caller has. */
  readonly after: SessionPayload<Data>
}

/**
 * Applies an update to the payload of a session. `null`: there is no such session, or it has ended. All
 * changes of payloads go through this function, in the order of the calls. Rejects with the error of the
 * update, or `invalid-argument` if its result cannot be stored; then other updates take effect without it.
 */
export type UpdatePayload<Data> = (
  id: SessionId,
  update: PayloadUpdate<Data>,
) => Promise<UpdatedPayload<Data> | null>

/** Updates in one write. Bounds the time for which the store keeps the session locked. */
const maxBatch = 100

/** Updates that may wait for one session. */
const maxWaiting = 10_000

interface Dependencies<Data> {
  readonly store: Pick<SessionStore, 'updateData'>
  readonly codec: DataCodec<Data>
  readonly clock: Clock
  readonly latestActivity: (record: SessionRecord) => Instant
}

interface Pending<Data> {
  readonly update: PayloadUpdate<Data>
  resolve(updated: UpdatedPayload<Data> | null): void
  reject(error: unknown): void
}

/** Returns the result of one update to its caller, once the write has succeeded. */
type Complete = () => void

/**
 * Combines the updates of one session that arrive during a write into the next one, so that a thousand
 * parallel saves cost a few writes, and this process waits once for the lock of the session.
 */
export function createUpdatePayload<Data>(dependencies: Dependencies<Data>): UpdatePayload<Data> {
  const { store } = dependencies
  /** Updates that wait for the write in flight, per session with one. */
  const queues = new Map<SessionId, Pending<Data>[]>()

  function updatePayload(
    id: SessionId,
    update: PayloadUpdate<Data>,
  ): Promise<UpdatedPayload<Data> | null> {
    return new Promise((resolve, reject) => {
      const pending = { update, resolve, reject }
      const queue = queues.get(id)
      if (queue === undefined) {
        queues.set(id, [])
        void writeAll(id, [pending])
      } else if (queue.length < maxWaiting) queue.push(pending)
      else reject(tooManyWaiting())
    })
  }

  async function writeAll(id: SessionId, first: readonly Pending<Data>[]): Promise<void> {
    for (let batch = first; batch.length > 0; batch = queues.get(id)?.splice(0, maxBatch) ?? []) {
      await write(id, batch)
    }
    queues.delete(id)
  }

  async function write(id: SessionId, batch: readonly Pending<Data>[]): Promise<void> {
    let complete = withoutSession(batch)
    try {
      await store.updateData(id, (record) => {
        const applied = apply(dependencies, record, batch)
        complete = applied.complete
        return applied.data
      })
      for (const each of complete) each()
    } catch (error) {
      for (const { reject } of batch) reject(error)
      // They have waited as long for the same session.
      const waiting = isStoreFailure(error) ? queues.get(id)?.splice(0) : []
      for (const { reject } of waiting ?? []) reject(error)
    }
  }

  return updatePayload
}

/** The results if there is no such session, or it has ended. */
function withoutSession<Data>(batch: readonly Pending<Data>[]): readonly Complete[] {
  return batch.map((pending) => () => pending.resolve(null))
}

/** Applies the updates one after another, as if each were written by itself. */
function apply<Data>(
  { codec, clock, latestActivity }: Dependencies<Data>,
  record: SessionRecord,
  batch: readonly Pending<Data>[],
): { readonly data: string | null; readonly complete: readonly Complete[] } {
  if (endReasonOf(record, latestActivity(record), clock.now()) !== null) {
    return { data: null, complete: withoutSession(batch) }
  }
  let data: string | null = null
  let payload = codec.decode(record.data)
  const complete = batch.map(({ update, resolve, reject }): Complete => {
    try {
      const before = payload
      let after = before
      const updated = update(before, record)
      if (updated !== null) {
        const encoded = codec.encodeChanged(updated)
        data = encoded.text
        payload = encoded.next
        after = encoded.read
      }
      return () => resolve({ before, after })
    } catch (error) {
      // It may have changed the data in place before it failed.
      payload = codec.decode(data ?? record.data)
      return () => reject(error)
    }
  })
  return { data, complete }
}

function tooManyWaiting(): SessionError {
  return new SessionError('store-unavailable', `${maxWaiting} changes of one session wait already`)
}
