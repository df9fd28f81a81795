import { isSessionError } from '../../domain/errors.ts'
import type { SessionId, SessionRecord } from '../../domain/session.ts'
import type { EndedSession, InsertOutcome, SessionStore } from '../../ports/session-store.ts'
import { sweepAll } from '../sweep-all.ts'
import type { Operation, OperationOf } from './operation.ts'
import { sessionIds } from './operation.ts'

/** The result of an operation, in a form that can be compared. */
export type Answer =
  | InsertOutcome
  | { readonly status: 'id-in-use' }
  | SessionRecord
  | readonly SessionRecord[]
  | readonly EndedSession[]
  | readonly SessionId[]
  | EndedSession
  | { readonly updated: boolean; readonly seen: SessionRecord | null }
  | { readonly count: number; readonly remaining: readonly string[] }
  | boolean
  | null

/** Runs the operation on a store. */
export async function perform(store: SessionStore, operation: Operation): Promise<Answer> {
  switch (operation.type) {
    case 'insert':
      return performInsert(store, operation)
    case 'find':
      return store.find(operation.id)
    case 'listByUser':
      return store.listByUser(operation.userId, operation.at)
    case 'replaceSecret':
      return store.replaceSecret(operation.id, operation.replacement)
    case 'updateData':
      return performUpdate(store, operation)
    case 'touch':
      return (await store.touch(operation.activities, operation.precision)).toSorted()
    case 'end':
      return store.end(operation.id, operation.ending)
    case 'endByUser':
      return inOrder(await store.endByUser(operation.userId, operation.ending, operation.except))
    case 'endExpired':
      return inOrder(await sweepAll(store, operation.sweep))
    case 'purge':
      return performPurge(store, operation)
  }
}

async function performInsert(
  store: SessionStore,
  { insertion }: OperationOf<'insert'>,
): Promise<Answer> {
  try {
    const outcome = await store.insert(insertion)
    return outcome.status === 'inserted' ? { ...outcome, ended: inOrder(outcome.ended) } : outcome
  } catch (error) {
    if (isSessionError(error) && error.code === 'id-in-use') {
      return { status: 'id-in-use' }
    }
    throw error
  }
}

/** Also returns the record that the update saw, which nothing may change before the write. */
async function performUpdate(
  store: SessionStore,
  { id, append }: OperationOf<'updateData'>,
): Promise<Answer> {
  let seen: SessionRecord | null = null
  const updated = await store.updateData(id, (record) => {
    seen = record
    return append === null ? null : `${record.data}${append}`
  })
  return { updated, seen }
}

/** The store chooses the sessions to remove if there are more than the limit, so read what remains. */
async function performPurge(
  store: SessionStore,
  { endedBefore, limit }: OperationOf<'purge'>,
): Promise<Answer> {
  const count = await store.purge(endedBefore, limit)
  const found = await readAll(store)
  return { count, remaining: found.map((record) => record.id) }
}

/** Returns all stored sessions of the generated histories. */
export async function readAll(store: SessionStore): Promise<readonly SessionRecord[]> {
  const found = await Promise.all(sessionIds.map((id) => store.find(id)))
  return found.filter((record) => record !== null)
}

/** Sorts sessions that ended in one step, because their order is undefined. */
export function inOrder<Ended extends EndedSession>(ended: readonly Ended[]): readonly Ended[] {
  return ended.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}
