import { expiry, type SessionRecord } from '../../domain/session.ts'
import type { EndedSession } from '../../ports/session-store.ts'
import { afterHistories } from './arbitraries.ts'
import { choices, subsets } from './choices.ts'
import type { Operation, OperationOf } from './operation.ts'
import { sessionIds } from './operation.ts'
import {
  endWhere,
  type Possibility,
  type Reference,
  replaceSecret,
  touch,
  updateData,
} from './reference.ts'

/** Returns every result that the port allows for an operation. For most operations there is one. */
export function possibilities(reference: Reference, operation: Operation): readonly Possibility[] {
  switch (operation.type) {
    case 'insert':
      return insert(reference, operation)
    case 'find':
      return [{ answer: find(reference, operation), next: reference }]
    case 'listByUser':
      return [{ answer: listByUser(reference, operation), next: reference }]
    case 'replaceSecret':
      return [replaceSecret(reference, operation)]
    case 'updateData':
      return [updateData(reference, operation)]
    case 'touch':
      return [touch(reference, operation)]
    case 'end':
      return [end(reference, operation)]
    case 'endByUser':
      return [endByUser(reference, operation)]
    case 'endExpired':
      return [endExpired(reference, operation)]
    case 'purge':
      return purge(reference, operation)
  }
}

function find({ records }: Reference, { id }: OperationOf<'find'>): SessionRecord | null {
  return records.find((record) => record.id === id) ?? null
}

function listByUser(
  { records }: Reference,
  { userId, at }: OperationOf<'listByUser'>,
): readonly SessionRecord[] {
  return records
    .filter((record) => record.userId === userId)
    .filter((record) => record.endedAt === null && expiry(record, at) === null)
    .toSorted((one, other) => other.createdAt - one.createdAt)
}

function end(reference: Reference, { id, ending }: OperationOf<'end'>): Possibility {
  const { ended, next } = endWhere(reference, ending, (record) =>
    record.id === id ? ending.reason : null,
  )
  return { answer: ended[0] ?? null, next }
}

function endByUser(
  reference: Reference,
  { userId, ending, except }: OperationOf<'endByUser'>,
): Possibility {
  const { ended, next } = endWhere(reference, ending, (record) =>
    record.userId === userId && record.id !== except ? ending.reason : null,
  )
  const at = Math.min(ending.at, afterHistories)
  const userWideEnds = [...reference.userWideEnds, { userId, at }]
  return { answer: ended, next: { ...next, userWideEnds } }
}

function endExpired(
  reference: Reference,
  { sweep: { at, idleGrace } }: OperationOf<'endExpired'>,
  skipped: readonly EndedSession[] = [],
): Possibility {
  const { ended, next } = endWhere(reference, { at, by: null }, (record) => {
    if (skipped.some(({ id }) => id === record.id)) return null
    if (expiry(record, at) === 'absolute-timeout') return 'absolute-timeout'
    return expiry(record, at - idleGrace) === null ? null : 'idle-timeout'
  })
  return { answer: ended, next }
}

/** A sweep may skip sessions that are locked by concurrent operations: the next one ends them. */
export function possibleSweeps(
  reference: Reference,
  operation: OperationOf<'endExpired'>,
): readonly Possibility[] {
  const { ended: due } = endWhere(reference, { at: 0, by: null }, () => 'idle-timeout')
  return subsets(due).map((skipped) => endExpired(reference, operation, skipped))
}

/** The port does not define which reason is returned if several apply. */
function insert(
  reference: Reference,
  { insertion }: OperationOf<'insert'>,
): readonly Possibility[] {
  const { record, replaces, cap, credentialsCheckedAt } = insertion
  const answers: Possibility['answer'][] = []
  if (reference.records.some(({ id }) => id === record.id)) answers.push({ status: 'id-in-use' })
  const { userId, createdAt } = record
  const outdated = reference.userWideEnds.some(
    (each) =>
      each.userId === userId && credentialsCheckedAt !== null && credentialsCheckedAt <= each.at,
  )
  if (outdated) answers.push({ status: 'refused', reason: 'credentials-outdated' })
  const live = listByUser(reference, { type: 'listByUser', userId, at: createdAt })
  const others = live.filter(({ id }) => id !== replaces)
  const excess = cap === null ? [] : others.slice(cap.limit - 1)
  if (excess.length > 0 && cap?.whenFull === 'refuse') {
    answers.push({ status: 'refused', reason: 'session-cap' })
  }
  if (answers.length > 0) return answers.map((answer) => ({ answer, next: reference }))

  const { ended, next } = endWhere(reference, { at: createdAt, by: null }, (each) => {
    if (each.id === replaces) return 'signed-in-again'
    return excess.includes(each) ? 'session-cap' : null
  })
  const records = inStoreOrder([...next.records, record])
  return [{ answer: { status: 'inserted', ended }, next: { ...next, records } }]
}

function inStoreOrder(records: readonly SessionRecord[]): readonly SessionRecord[] {
  return sessionIds.flatMap((id) => records.filter((record) => record.id === id))
}

/** The port does not define which sessions are removed if there are more than the limit. */
function purge(
  reference: Reference,
  { endedBefore, limit }: OperationOf<'purge'>,
): readonly Possibility[] {
  const due = reference.records.filter(({ endedAt }) => endedAt !== null && endedAt < endedBefore)
  const count = Math.min(limit, due.length)
  return choices(due, count).map((purged) => {
    const records = reference.records.filter((record) => !purged.includes(record))
    return {
      answer: { count, remaining: records.map(({ id }) => id) },
      next: { ...reference, records },
    }
  })
}
