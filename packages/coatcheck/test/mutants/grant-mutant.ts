import type { GrantId, GrantRecord } from '../../src/domain/grant.ts'
import type { GrantInsertion, GrantStore } from '../../src/ports/grant-store.ts'
import type { GrantState } from '../../src/stores/memory/grant-state.ts'

/** A bug that a grant store could have. */
export interface GrantMutant {
  readonly bug: string
  /** The case of the contract that catches it. */
  readonly caughtBy: string
  /** Whether the model check catches it too. Its histories use few texts and few instants. */
  readonly caughtByModel: boolean
  /** Returns the operations with the bug. */
  mutate(original: GrantStore, state: GrantState): Partial<GrantStore>
}

/** Changes a stored record behind the back of the store. */
export function overwrite(state: GrantState, id: GrantId, changes: Partial<GrantRecord>): void {
  const record = state.grants.get(id)
  if (record !== undefined) state.grants.set(id, { ...record, ...changes })
}

/** Returns the insertion with changes to its record. */
export function withRecord(
  insertion: GrantInsertion,
  changes: Partial<GrantRecord>,
): GrantInsertion {
  return { ...insertion, record: { ...insertion.record, ...changes } }
}
