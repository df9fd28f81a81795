import type { SessionId, UserId } from '../domain/session.ts'
import type { EndedSession, Ending } from '../ports/session-store.ts'
import type { SessionsContext } from './context.ts'
import { reportRevoked } from './event-dispatcher.ts'
import type { Revocation, UserRevocation } from './sessions.ts'
import { findOrReportUnreadable } from './token-lookup.ts'

/** Ends sessions on purpose, and tells of those that a call ended. */
export function createEndSessions<Data>(context: SessionsContext<Data>) {
  async function revoke(id: SessionId, revocation: Revocation): Promise<EndedSession | null> {
    const ending = toEnding(revocation)
    const ended = await context.store.end(id, ending)
    if (ended !== null) reportRevoked(context.report, [ended], ending)
    return ended
  }

  async function revokeOwn(
    userId: UserId,
    id: SessionId,
    revocation: Revocation,
  ): Promise<EndedSession | null> {
    // A session's user never changes, so this look-up cannot be overtaken.
    const record = await findOrReportUnreadable(context, id)
    // Whose a damaged one is cannot be told. It opens nothing, and ends with all of its user's.
    if (record === null || record === 'unreadable') return null
    return record.userId === userId ? revoke(id, revocation) : null
  }

  async function revokeAllForUser(
    userId: UserId,
    revocation: UserRevocation,
  ): Promise<readonly EndedSession[]> {
    const ending = toEnding(revocation)
    const ended = await context.store.endByUser(userId, ending, revocation.except ?? null)
    reportRevoked(context.report, ended, ending)
    return ended
  }

  function toEnding({ reason, by = null }: Revocation): Ending {
    return { reason, by, at: context.clock.now() }
  }

  return { revoke, revokeOwn, revokeAllForUser }
}
