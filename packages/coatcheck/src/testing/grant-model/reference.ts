import { isDeepStrictEqual } from 'node:util'
import { type GrantRecord, grantExpiry } from '../../domain/grant.ts'
import type { UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { EndedGrant, GrantEnding } from '../../ports/grant-store.ts'
import { asEnded, endedBy, rotated } from '../grant-store/fixtures.ts'
import { byId } from '../grant-store/sweep-grants.ts'
import { choices, subsets } from '../model/choices.ts'
import { afterGrantHistories } from './arbitraries.ts'
import type { GrantOperation, GrantOperationOf } from './operation.ts'
import { grantIds } from './operation.ts'
import type { GrantAnswer } from './perform.ts'

/** The expected contents of a grant store. Immutable: an operation returns a new value. */
export interface GrantReference {
  /** In the order of `grantIds`, as `readAllGrants` returns them. */
  readonly records: readonly GrantRecord[]
  /** Every instant at which all grants of a user were ended. */
  readonly userWideEnds: readonly { readonly userId: UserId; readonly at: Instant }[]
}

/** An answer that the store may give, and its contents afterwards. */
export interface GrantPossibility {
  readonly answer: GrantAnswer
  readonly next: GrantReference
}

/** The contents of a new store. */
export const emptyGrantReference: GrantReference = { records: [], userWideEnds: [] }

/** Returns every result that the port allows for an operation. For most operations there is one. */
export function grantPossibilities(
  reference: GrantReference,
  operation: GrantOperation,
): readonly GrantPossibility[] {
  switch (operation.type) {
    case 'insert':
      return insert(reference, operation)
    case 'find': {
      const answer = reference.records.find(({ id }) => id === operation.id) ?? null
      return [{ answer, next: reference }]
    }
    case 'listByUser':
      return [{ answer: listByUser(reference, operation), next: reference }]
    case 'rotate':
      return [rotate(reference, operation)]
    case 'end':
      return [end(reference, operation)]
    case 'endByUser':
      return [endByUser(reference, operation)]
    case 'endByClient':
      return endByClient(reference, operation)
    case 'endExpired':
      return [endExpired(reference, operation, [])]
    case 'purge':
      return purge(reference, operation)
  }
}

/** A sweep may skip grants that are locked by concurrent operations: the next one ends them. */
export function possibleGrantSweeps(
  reference: GrantReference,
  operation: GrantOperationOf<'endExpired'>,
): readonly GrantPossibility[] {
  return subsets(reference.records).map((skipped) => endExpired(reference, operation, skipped))
}

/** Ends the unended grants for which `reasonFor` returns a reason. */
function endWhere(
  reference: GrantReference,
  { at, by }: Omit<GrantEnding, 'reason'>,
  reasonFor: (record: GrantRecord) => string | null,
): { readonly ended: readonly EndedGrant[]; readonly next: GrantReference } {
  const ended: EndedGrant[] = []
  const records = reference.records.map((record) => {
    const reason = record.endedAt === null ? reasonFor(record) : null
    if (reason === null) return record
    ended.push(asEnded(record, reason))
    return endedBy(record, { reason, at, by })
  })
  return { ended: byId(ended), next: { ...reference, records } }
}

function listByUser(
  { records }: GrantReference,
  { userId, at }: Omit<GrantOperationOf<'listByUser'>, 'type'>,
): readonly GrantRecord[] {
  return records
    .filter((record) => record.userId === userId && record.endedAt === null)
    .filter((record) => grantExpiry(record, at) === null)
    .toSorted((one, other) => other.createdAt - one.createdAt)
}

function rotate(
  reference: GrantReference,
  { id, rotation }: GrantOperationOf<'rotate'>,
): GrantPossibility {
  let answer = false
  const records = reference.records.map((record) => {
    const isDue = record.id === id && record.endedAt === null
    if (!isDue || grantExpiry(record, rotation.at) !== null) return record
    if (!isDeepStrictEqual(record.refreshSecretHash, rotation.from)) return record
    answer = true
    return rotated(record, rotation)
  })
  return { answer, next: { ...reference, records } }
}

function end(reference: GrantReference, { id, ending }: GrantOperationOf<'end'>): GrantPossibility {
  const { ended, next } = endWhere(reference, ending, (record) =>
    record.id === id ? ending.reason : null,
  )
  return { answer: ended[0] ?? null, next }
}

function endByUser(
  reference: GrantReference,
  { userId, ending }: GrantOperationOf<'endByUser'>,
): GrantPossibility {
  const { ended, next } = endWhere(reference, ending, (record) =>
    record.userId === userId ? ending.reason : null,
  )
  const at = Math.min(ending.at, afterGrantHistories)
  const userWideEnds = [...reference.userWideEnds, { userId, at }]
  return { answer: ended, next: { ...next, userWideEnds } }
}

/** The port does not define which grants end if there are more than the limit. */
function endByClient(
  reference: GrantReference,
  { clientId, ending, limit }: GrantOperationOf<'endByClient'>,
): readonly GrantPossibility[] {
  const due = reference.records.filter(
    (record) => record.clientId === clientId && record.endedAt === null,
  )
  return choices(due, Math.min(limit, due.length)).map((chosen) => {
    const { ended, next } = endWhere(reference, ending, (record) =>
      chosen.includes(record) ? ending.reason : null,
    )
    return { answer: ended, next }
  })
}

function endExpired(
  reference: GrantReference,
  { at }: GrantOperationOf<'endExpired'>,
  skipped: readonly GrantRecord[],
): GrantPossibility {
  const { ended, next } = endWhere(reference, { at, by: null }, (record) =>
    skipped.includes(record) ? null : grantExpiry(record, at),
  )
  return { answer: ended, next }
}

/** The port does not define which rejection is returned if both apply. */
function insert(
  reference: GrantReference,
  { insertion }: GrantOperationOf<'insert'>,
): readonly GrantPossibility[] {
  const { record, authorizedAt, limit } = insertion
  const { userId, clientId, createdAt: at } = record
  const answers: GrantAnswer[] = []
  if (reference.records.some(({ id }) => id === record.id)) answers.push({ status: 'id-in-use' })
  const isOutdated = reference.userWideEnds.some(
    (each) => each.userId === userId && authorizedAt <= each.at,
  )
  if (isOutdated) answers.push({ status: 'refused', reason: 'authorization-outdated' })
  if (answers.length > 0) return answers.map((answer) => ({ answer, next: reference }))

  const live = listByUser(reference, { userId, at })
  const excess = live.filter((each) => each.clientId === clientId).slice(limit - 1)
  const { ended, next } = endWhere(reference, { at, by: null }, (each) =>
    excess.includes(each) ? 'grant-cap' : null,
  )
  const records = inStoreOrder([...next.records, record])
  return [{ answer: { status: 'inserted', ended }, next: { ...next, records } }]
}

function inStoreOrder(records: readonly GrantRecord[]): readonly GrantRecord[] {
  return grantIds.flatMap((id) => records.filter((record) => record.id === id))
}

/** The port does not define which grants are removed if there are more than the limit. */
function purge(
  reference: GrantReference,
  { endedBefore, limit }: GrantOperationOf<'purge'>,
): readonly GrantPossibility[] {
  const due = reference.records.filter(({ endedAt }) => endedAt !== null && endedAt < endedBefore)
  const count = Math.min(limit, due.length)
  return choices(due, count).map((purged) => {
    const records = reference.records.filter((record) => !purged.includes(record))
    const remaining = records.map(({ id }) => id)
    return { answer: { count, remaining }, next: { ...reference, records } }
  })
}
