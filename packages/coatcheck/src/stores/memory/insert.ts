import { SessionError } from '../../domain/errors.ts'
import { expiry, type SessionRecord } from '../../domain/session.ts'
import type { EndedSession, InsertOutcome, SessionInsertion } from '../../ports/session-store.ts'
import { copyRecord, endRecord, findUnended, type MemoryState, unendedRecordsOf } from './state.ts'

/** Decides first and changes afterwards, so that a refusal has nothing to take back. */
export function insert(state: MemoryState, insertion: SessionInsertion): InsertOutcome {
  const { record, cap } = insertion
  if (state.sessions.has(record.id)) {
    throw new SessionError('id-in-use', 'A session with this id exists already')
  }
  if (credentialsOutdated(state, insertion)) {
    return { status: 'refused', reason: 'credentials-outdated' }
  }
  const excess = findExcess(state, insertion)
  if (excess.length > 0 && cap?.whenFull === 'refuse') {
    return { status: 'refused', reason: 'session-cap' }
  }

  const ended = [...endReplaced(state, insertion), ...endExcess(state, insertion, excess)]
  state.sessions.set(record.id, copyRecord(record))
  return { status: 'inserted', ended }
}

function credentialsOutdated(state: MemoryState, insertion: SessionInsertion): boolean {
  const endedAllAt = state.endedAllAt.get(insertion.record.userId)
  const checkedAt = insertion.credentialsCheckedAt
  return endedAllAt !== undefined && checkedAt !== null && checkedAt <= endedAllAt
}

/** The user's oldest live sessions that must give way for the new one to fit. */
function findExcess(state: MemoryState, insertion: SessionInsertion): readonly SessionRecord[] {
  const { record, replaces, cap } = insertion
  if (cap === null) return []
  const live = unendedRecordsOf(state, record.userId)
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

function endExcess(
  state: MemoryState,
  { record }: SessionInsertion,
  excess: readonly SessionRecord[],
): readonly EndedSession[] {
  return excess.map((oldest) =>
    endRecord(state, oldest, { reason: 'session-cap', at: record.createdAt, by: null }),
  )
}
