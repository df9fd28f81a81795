import { SessionError } from '../../domain/errors.ts'
import { expiry, type SessionRecord } from '../../domain/session.ts'
import type { EndedSession, InsertOutcome, SessionInsertion } from '../../ports/session-store.ts'
import { copyOf, endRecord, findUnended, type MemoryState, unendedOf } from './state.ts'

/** Decides first and changes afterwards, so that a refusal has nothing to take back. */
export function insert(state: MemoryState, insertion: SessionInsertion): InsertOutcome {
  const { record, cap } = insertion
  if (state.sessions.has(record.id)) {
    throw new SessionError('id-in-use', 'A session with this id exists already')
  }
  if (credentialsOutdated(state, insertion)) {
    return { status: 'refused', reason: 'credentials-outdated' }
  }
  const surplus = surplusOf(state, insertion)
  if (surplus.length > 0 && cap?.whenFull === 'refuse') {
    return { status: 'refused', reason: 'session-cap' }
  }

  const ended = [...endReplaced(state, insertion), ...endSurplus(state, insertion, surplus)]
  state.sessions.set(record.id, copyOf(record))
  return { status: 'inserted', ended }
}

function credentialsOutdated(state: MemoryState, insertion: SessionInsertion): boolean {
  const allEndedAt = state.allEndedAt.get(insertion.record.userId)
  const checkedAt = insertion.credentialsCheckedAt
  return allEndedAt !== undefined && checkedAt !== null && checkedAt <= allEndedAt
}

/** The user's oldest live sessions that must give way for the new one to fit. */
function surplusOf(state: MemoryState, insertion: SessionInsertion): readonly SessionRecord[] {
  const { record, replaces, cap } = insertion
  if (cap === null) return []
  const live = unendedOf(state, record.userId)
    .filter((other) => other.id !== replaces && expiry(other, record.createdAt) === null)
    .toSorted((one, other) => one.createdAt - other.createdAt)
  return live.slice(0, Math.max(0, live.length + 1 - cap.limit))
}

function endReplaced(state: MemoryState, insertion: SessionInsertion): readonly EndedSession[] {
  const { record, replaces } = insertion
  const replaced = replaces === null ? null : findUnended(state, replaces)
  if (replaced === null) return []
  return [endRecord(state, replaced, { reason: 'signed-in-again', at: record.createdAt, by: null })]
}

function endSurplus(
  state: MemoryState,
  { record }: SessionInsertion,
  surplus: readonly SessionRecord[],
): readonly EndedSession[] {
  return surplus.map((oldest) =>
    endRecord(state, oldest, { reason: 'session-cap', at: record.createdAt, by: null }),
  )
}
