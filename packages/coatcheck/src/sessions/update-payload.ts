import { SessionError } from '../domain/errors.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import { endReasonAt, type SessionsContext } from './context.ts'
import type { SessionPayload } from './data-codec.ts'

/** Lost races before a change is given up. Each loss is another change's success, so this is far away. */
const maxAttempts = 100

/** What becomes of the content of a session; `null` to leave it as it is. */
export type PayloadUpdate<Data> = (
  payload: SessionPayload<Data>,
  record: SessionRecord,
) => SessionPayload<Data> | null

/**
 * Applies a change to the newest content, again and again until nobody was faster, and returns the
 * content it was applied to; `null` when the session is over.
 */
export type UpdatePayload<Data> = (
  id: SessionId,
  update: PayloadUpdate<Data>,
) => Promise<SessionPayload<Data> | null>

export function createUpdatePayload<Data>(context: SessionsContext<Data>): UpdatePayload<Data> {
  return async function updatePayload(id, update) {
    for (let attempts = 0; attempts < maxAttempts; attempts += 1) {
      const record = await context.store.find(id)
      if (record === null || endReasonAt(context, record, context.clock.now()) !== null) return null
      const payload = context.codec.decode(record.data)
      const updated = update(payload, record)
      if (updated === null) return payload
      const data = context.codec.encode(updated)
      if (await context.store.replaceData(id, { from: record.dataVersion, data })) return payload
    }
    throw new SessionError('data-contended', `session data changed ${maxAttempts} times meanwhile`)
  }
}
