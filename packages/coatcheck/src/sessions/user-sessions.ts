import { isCorruptRecord } from '../domain/errors.ts'
import type { Session, SessionRecord, UserId } from '../domain/session.ts'
import type { Ending } from '../ports/session-store.ts'
import { reportRevoked, requireUserId, type SessionsContext, toActiveSession } from './context.ts'
import type { Revocation, Sessions } from './sessions.ts'
import { findOrReportUnreadable } from './token-lookup.ts'

/** Lists and ends the sessions of users. */
export function createUserSessions<Data>(context: SessionsContext<Data>) {
  const { store, clock, report } = context

  async function listForUser(userId: UserId): Promise<readonly Session<Data>[]> {
    requireUserId(userId)
    const records = await store.listByUser(userId, clock.now())
    return records.flatMap((record) => readableOnly(context, record))
  }

  const revoke: Sessions<Data>['revoke'] = async (id, revocation) => {
    const ending = toEnding(revocation)
    const ended = await store.end(id, ending)
    if (ended !== null) reportRevoked(report, [ended], ending)
    return ended
  }

  const revokeOwn: Sessions<Data>['revokeOwn'] = async (userId, id, revocation) => {
    // Not a race with `revoke`: the user of a session never changes.
    const record = await findOrReportUnreadable(context, id)
    // The user of a corrupt record is unknown. It does not authenticate, and `revokeAllForUser` ends it.
    if (record === null || record === 'unreadable') return null
    return record.userId === userId ? revoke(id, revocation) : null
  }

  const revokeAllForUser: Sessions<Data>['revokeAllForUser'] = async (userId, revocation) => {
    const ending = toEnding(revocation)
    const ended = await store.endByUser(userId, ending, revocation.except ?? null)
    reportRevoked(report, ended, ending)
    return ended
  }

  function toEnding({ reason, by = null }: Revocation): Ending {
    return { reason, by, at: clock.now() }
  }

  return { listForUser, revoke, revokeOwn, revokeAllForUser }
}

/** A corrupt record must not hide the user's other sessions. */
function readableOnly<Data>(
  context: SessionsContext<Data>,
  record: SessionRecord,
): readonly Session<Data>[] {
  const { clock, report } = context
  try {
    return [toActiveSession(context, record, record).session]
  } catch (error) {
    if (!isCorruptRecord(error)) throw error
    report({ type: 'record-unreadable', at: clock.now(), sessionId: record.id })
    return []
  }
}
