import { isCorruptRecord } from '../domain/errors.ts'
import { type OptionNames, requireCallOptions } from '../domain/options.ts'
import {
  isEndReason,
  type Session,
  type SessionId,
  type SessionRecord,
  type UserId,
} from '../domain/session.ts'
import { requireArgument } from '../domain/storable.ts'
import { requireSessionId } from '../domain/token.ts'
import type { EndedSession, Ending } from '../ports/session-store.ts'
import {
  reportRevoked,
  requireUserId,
  type SessionsContext,
  toActiveSession,
  toStoredUserId,
} from './context.ts'
import type { Revocation, Sessions, UserRevocation } from './sessions.ts'
import { findOrReportUnreadable } from './token-lookup.ts'

const revocationNames: OptionNames<Revocation> = { reason: true, by: true }
const userRevocationNames: OptionNames<UserRevocation> = { ...revocationNames, except: true }

/** Lists and ends the sessions of users. */
export function createUserSessions<Data>(context: SessionsContext<Data>) {
  const { store, clock, report } = context

  async function listForUser(userId: UserId): Promise<readonly Session<Data>[]> {
    requireUserId(userId)
    const records = await store.listByUser(userId, clock.now())
    return records.flatMap((record) => readableOnly(context, record))
  }

  async function revokeSessionOfAnyUser(
    id: SessionId,
    revocation: Revocation,
  ): Promise<EndedSession | null> {
    requireCallOptions('revokeSessionOfAnyUser', revocation, revocationNames)
    return end(id, revocation)
  }

  async function end(id: SessionId, revocation: Revocation): Promise<EndedSession | null> {
    const ending = toEnding(revocation)
    const ended = await store.end(id, ending)
    if (ended !== null) reportRevoked(report, [ended], ending)
    return ended
  }

  const revoke: Sessions<Data>['revoke'] = async (spelling, text, revocation) => {
    const id = requireSessionId(text)
    requireCallOptions('revoke', revocation, revocationNames)
    const userId = await toStoredUserId(store, spelling)
    // Not a race with the end of the session: the user of a session never changes.
    const record = await findOrReportUnreadable(context, id)
    // The user of a corrupt record is unknown. It does not authenticate, and `revokeAllForUser` ends it.
    if (record === null || record === 'unreadable') return null
    return record.userId === userId ? end(id, revocation) : null
  }

  const revokeAllForUser: Sessions<Data>['revokeAllForUser'] = async (spelling, revocation) => {
    requireCallOptions('revokeAllForUser', revocation, userRevocationNames)
    // The cache finds the user's sessions by the user id of their records.
    const userId = await toStoredUserId(store, spelling)
    const ending = toEnding(revocation)
    const { except = null } = revocation
    const excepted = except === null ? null : requireSessionId(except)
    const ended = await store.endByUser(userId, ending, excepted)
    reportRevoked(report, ended, ending)
    return ended
  }

  function toEnding({ reason, by = null }: Revocation): Ending {
    requireRevocationReason(reason)
    return { reason, by, at: clock.now() }
  }

  return { listForUser, revoke, revokeSessionOfAnyUser, revokeAllForUser }
}

function requireRevocationReason(reason: string): void {
  const isText = typeof reason === 'string' && isEndReason(reason)
  requireArgument(isText, 'reason must be 1 to 64 characters of a-z, 0-9 and -')
  const isTimeout = reason === 'absolute-timeout' || reason === 'idle-timeout'
  requireArgument(
    !isTimeout,
    `reason must not be ${reason}: only the library ends expired sessions`,
  )
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
