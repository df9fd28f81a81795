import type { OpenGrantStore } from 'coatcheck/testing-contracts'
import { emptyGrantState } from '../../src/stores/memory/grant-state.ts'
import { createGrantStore } from '../../src/stores/memory/grant-store.ts'
import { createRevocationChannel } from '../../src/stores/memory/state.ts'
import { grantEndingMutants } from './grant-ending.ts'
import { grantInsertionMutants } from './grant-insertion.ts'
import type { GrantMutant } from './grant-mutant.ts'
import { grantReadingMutants } from './grant-reading.ts'
import { grantRotationMutants } from './grant-rotation.ts'

export const grantMutants: readonly GrantMutant[] = [
  ...grantInsertionMutants,
  ...grantRotationMutants,
  ...grantEndingMutants,
  ...grantReadingMutants,
]

/** Returns a function that opens a store with the bug. */
export function grantMutantOpener(mutant: GrantMutant): OpenGrantStore {
  return async () => {
    const state = emptyGrantState()
    const original = createGrantStore(state)
    const store = { ...original, ...mutant.mutate(original, state) }
    return { store, channel: createRevocationChannel(state), async [Symbol.asyncDispose]() {} }
  }
}
