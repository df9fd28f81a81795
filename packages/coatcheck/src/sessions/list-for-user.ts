import { isCorruptRecord } from '../domain/errors.ts'
import type { Session, SessionRecord, UserId } from '../domain/session.ts'
import { requireUserId, type SessionsContext, toActiveSession } from './context.ts'

/** Lists a user's live sessions. */
export function createListForUser<Data>(context: SessionsContext<Data>) {
  return async function listForUser(userId: UserId): Promise<readonly Session<Data>[]> {
    requireUserId(userId)
    const records = await context.store.listByUser(userId, context.clock.now())
    return records.flatMap(readableOnly)
  }

  /** One damaged record must not hide the sessions beside it. */
  function readableOnly(record: SessionRecord): readonly Session<Data>[] {
    try {
      return [toActiveSession(context, record, record).session]
    } catch (error) {
      if (!isCorruptRecord(error)) throw error
      context.report({
        type: 'record-unreadable',
        at: context.clock.now(),
        sessionId: record.id,
      })
      return []
    }
  }
}
