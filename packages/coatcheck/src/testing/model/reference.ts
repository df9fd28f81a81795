import { isDeepStrictEqual } from 'node:util'
import { assuranceLevelOf } from '../../domain/authentication.ts'
import { expiry, type SessionId, type SessionRecord, type UserId } from '../../domain/session.ts'
import type { Instant, Milliseconds } from '../../domain/time.ts'
import type { Activity, Authentication, EndedSession, Ending } from '../../ports/session-store.ts'
import type { OperationOf } from './operation.ts'
import { type Answer, inOrder } from './perform.ts'

/** The expected contents of a store. Immutable: an operation returns a new value. */
export interface Reference {
  /** In the order of `sessionIds`, as `readAll` returns them. */
  readonly records: readonly SessionRecord[]
  /** Every instant at which all sessions of a user were ended. */
  readonly userWideEnds: readonly { readonly userId: UserId; readonly at: Instant }[]
}

/** An answer that the store may give, and its contents afterwards. */
export interface Possibility {
  readonly answer: Answer
  readonly next: Reference
}

/** The contents of a new store. */
export const emptyReference: Reference = { records: [], userWideEnds: [] }

/** Ends the unended sessions for which `reasonFor` returns a reason. */
export function endWhere(
  reference: Reference,
  { at, by }: Omit<Ending, 'reason'>,
  reasonFor: (record: SessionRecord) => Ending['reason'] | null,
): { readonly ended: readonly EndedSession[]; readonly next: Reference } {
  const ended: EndedSession[] = []
  const records = reference.records.map((record) => {
    const reason = record.endedAt === null ? reasonFor(record) : null
    if (reason === null) return record
    const { id, userId, createdAt } = record
    ended.push({ id, userId, createdAt, reason })
    return { ...record, endedAt: at, endedBy: by, endReason: reason }
  })
  return { ended: inOrder(ended), next: { ...reference, records } }
}

/** Changes one session, if it has not ended and `rule` returns changes. */
function changeOne(
  reference: Reference,
  id: SessionId,
  rule: (record: SessionRecord) => Partial<SessionRecord> | null,
): Possibility {
  let answer = false
  const records = reference.records.map((record) => {
    const changes = record.id === id && record.endedAt === null ? rule(record) : null
    if (changes === null) return record
    answer = true
    return { ...record, ...changes }
  })
  return { answer, next: { ...reference, records } }
}

function clocksFrom({ lastActivityAt }: SessionRecord, at: Instant) {
  return { authenticatedAt: at, lastActivityAt: Math.max(at, lastActivityAt) }
}

function levelFrom(authentication: Authentication) {
  return { ...authentication, assuranceLevel: assuranceLevelOf(authentication.methods) }
}

export function replaceSecret(
  reference: Reference,
  { id, replacement }: OperationOf<'replaceSecret'>,
): Possibility {
  const { from, to, csrfSecret, authentication, previousExpiresAt, at } = replacement
  return changeOne(reference, id, (record) => {
    if (expiry(record, at) !== null || !isDeepStrictEqual(record.secretHash, from)) return null
    return {
      secretHash: to,
      previousSecretHash: from,
      previousSecretExpiresAt: previousExpiresAt,
      rotatedAt: at,
      ...(csrfSecret === null ? {} : { csrfSecret }),
      ...(authentication === null
        ? {}
        : { ...clocksFrom(record, at), ...levelFrom(authentication) }),
    }
  })
}

export function updateData(
  reference: Reference,
  { id, append }: OperationOf<'updateData'>,
): Possibility {
  let seen: SessionRecord | null = null
  const { next } = changeOne(reference, id, (record) => {
    seen = record
    const { data, dataVersion } = record
    return append === null ? null : { data: `${data}${append}`, dataVersion: dataVersion + 1 }
  })
  return { answer: { updated: seen !== null, seen }, next }
}

export function touch(
  reference: Reference,
  { activities, precision }: OperationOf<'touch'>,
): Possibility {
  const notMoved: SessionId[] = []
  let next = reference
  for (const id of new Set(activities.map((activity) => activity.id))) {
    const instants = activities.filter((activity) => activity.id === id).map(({ at }) => at)
    const moved = touchOne(next, { id, at: Math.max(...instants) }, precision)
    if (moved.answer === false) notMoved.push(id)
    next = moved.next
  }
  return { answer: notMoved.toSorted(), next }
}

function touchOne(
  reference: Reference,
  { id, at }: Activity,
  precision: Milliseconds,
): Possibility {
  return changeOne(reference, id, (record) => {
    const earliest = record.lastActivityAt + precision
    const moves = at >= earliest && at > record.lastActivityAt && expiry(record, at) === null
    return moves ? { lastActivityAt: at } : null
  })
}
