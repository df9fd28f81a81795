import { isCorruptRecord } from '../domain/errors.ts'
import type { Session, SessionId, SessionRecord, UserId } from '../domain/session.ts'
import type { EndedSession, Ending } from '../ports/session-store.ts'
import { reportRevoked, requireUserId, type SessionsContext, toActiveSession } from './context.ts'
import type { Revocation, UserRevocation } from './sessions.ts'
import { findOrReportUnreadable } from './token-lookup.ts'

/** Lists and ends the sessions of users. */
export function createUserSessions<Data>(context: SessionsContext<Data>) {
  const { store, clock, report } = context

  async function listForUser(userId: UserId): Promise<readonly Session<Data>[]> {
    requireUserId(userId)
    const records = await store.listByUser(userId, clock.now())
    return records.flatMap(readableOnly)
  }

  /** A corrupt record must not hide the user's other sessions. */
  function readableOnly(record: SessionRecord): readonly Session<Data>[] {
    try {
      return [toActiveSession(context, record, record).session]
    } catch (error) {
      if (!isCorruptRecord(error)) throw error
      report({ type: 'record-unreadable', at: clock.now(), sessionId: record.id })
      return []
    }
  }

  async function revoke(id: SessionId, revocation: Revocation): Promise<EndedSession | null> {
    const ending = toEnding(revocation)
    const ended = await store.end(id, ending)
    if (ended !== null) reportRevoked(report, [ended], ending)
    return ended
  }

  async function revokeOwn(
    userId: UserId,
    id: SessionId,
    revocation: Revocation,
  ): Promise<EndedSession | null> {
    // Not a race with `revoke`: the user of a session never changes.
    const record = await findOrReportUnreadable(context, id)
    // The user of a corrupt record is unknown. It does not authenticate, and `revokeAllForUser` ends it.
    if (record === null || record === 'unreadable') return null
    return record.userId === userId ? revoke(id, revocation) : null
  }

  async function revokeAllForUser(
    userId: UserId,
    revocation: UserRevocation,
  ): Promise<readonly EndedSession[]> {
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
