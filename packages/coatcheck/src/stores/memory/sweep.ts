import type { Expiry, SessionRecord } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { ExpirySweep, ExpirySweepOutcome } from '../../ports/session-store.ts'
import { endRecord, type MemoryState } from './state.ts'

/** Goes through the ids in order, so that a cursor stays good whatever comes and goes meanwhile. */
export function endExpired(state: MemoryState, sweep: ExpirySweep): ExpirySweepOutcome {
  const { at, limit, cursor } = sweep
  const remaining = [...state.sessions.values()]
    .filter((record) => record.endedAt === null && (cursor === null || record.id > cursor))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
  const batch = remaining.slice(0, limit)
  const ended = batch.flatMap((record) => {
    const reason = expiryReason(record, sweep)
    return reason === null ? [] : [endRecord(state, record, { reason, at, by: null })]
  })
  return { ended, next: remaining.length > limit ? (batch.at(-1)?.id ?? null) : null }
}

function expiryReason(record: SessionRecord, { at, idleGrace }: ExpirySweep): Expiry | null {
  if (at >= record.expiresAt) return 'absolute-timeout'
  if (at >= record.lastActivityAt + record.idleTimeout + idleGrace) return 'idle-timeout'
  return null
}

export function purge(state: MemoryState, endedBefore: Instant, limit: number): number {
  const purged = [...state.sessions.values()]
    .filter((record) => record.endedAt !== null && record.endedAt < endedBefore)
    .slice(0, limit)
  for (const record of purged) state.sessions.delete(record.id)
  return purged.length
}
