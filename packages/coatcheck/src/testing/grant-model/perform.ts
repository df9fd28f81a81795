import { isSessionError } from '../../domain/errors.ts'
import type { GrantRecord } from '../../domain/grant.ts'
import type { EndedGrant, GrantInsertOutcome, GrantStore } from '../../ports/grant-store.ts'
import { byId, sweepGrants } from '../grant-store/sweep-grants.ts'
import type { GrantOperation, GrantOperationOf } from './operation.ts'
import { grantIds } from './operation.ts'

/** The result of an operation, in a form that can be compared. */
export type GrantAnswer =
  | GrantInsertOutcome
  | { readonly status: 'id-in-use' }
  | GrantRecord
  | readonly GrantRecord[]
  | readonly EndedGrant[]
  | EndedGrant
  | { readonly count: number; readonly remaining: readonly string[] }
  | boolean
  | null

/** Runs the operation on a store. */
export async function performGrant(
  store: GrantStore,
  operation: GrantOperation,
): Promise<GrantAnswer> {
  switch (operation.type) {
    case 'insert':
      return performInsert(store, operation)
    case 'find':
      return store.find(operation.id)
    case 'listByUser':
      return store.listByUser(operation.userId, operation.at)
    case 'rotate':
      return store.rotate(operation.id, operation.rotation)
    case 'end':
      return store.end(operation.id, operation.ending)
    case 'endByUser':
      return byId(await store.endByUser(operation.userId, operation.ending))
    case 'endByClient':
      return byId(await store.endByClient(operation.clientId, operation.ending, operation.limit))
    case 'endExpired':
      return byId(await sweepGrants(store, operation))
    case 'purge':
      return performPurge(store, operation)
  }
}

async function performInsert(
  store: GrantStore,
  { insertion }: GrantOperationOf<'insert'>,
): Promise<GrantAnswer> {
  try {
    const outcome = await store.insert(insertion)
    return outcome.status === 'inserted' ? { ...outcome, ended: byId(outcome.ended) } : outcome
  } catch (error) {
    if (isSessionError(error) && error.code === 'id-in-use') return { status: 'id-in-use' }
    throw error
  }
}

/** The store chooses the grants to remove if there are more than the limit, so read what remains. */
async function performPurge(
  store: GrantStore,
  { endedBefore, limit }: GrantOperationOf<'purge'>,
): Promise<GrantAnswer> {
  const count = await store.purge(endedBefore, limit)
  const found = await readAllGrants(store)
  return { count, remaining: found.map(({ id }) => id) }
}

/** Returns all stored grants of the generated histories. */
export async function readAllGrants(store: GrantStore): Promise<readonly GrantRecord[]> {
  const found = await Promise.all(grantIds.map((id) => store.find(id)))
  return found.filter((record) => record !== null)
}
