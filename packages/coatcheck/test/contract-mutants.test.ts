import {
  type OpenedSessionStore,
  type OpenSessionStore,
  sessionStoreContractCases,
} from 'coatcheck/testing-contracts'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { describe, expect, it } from 'vitest'
import { createSessionStore } from '../src/stores/memory/session-store.ts'
import { emptyState } from '../src/stores/memory/state.ts'
import { endingMutants } from './mutants/ending.ts'
import { insertionMutants } from './mutants/insertion.ts'
import type { Mutant } from './mutants/mutant.ts'
import { pendingMutants } from './mutants/pending.ts'
import { readingMutants } from './mutants/reading.ts'
import { sweepingMutants } from './mutants/sweeping.ts'
import { updateMutants } from './mutants/updates.ts'

const mutants = [
  ...insertionMutants,
  ...updateMutants,
  ...endingMutants,
  ...readingMutants,
  ...sweepingMutants,
  ...pendingMutants,
]

function opener(mutant: Mutant): OpenSessionStore {
  return async (): Promise<OpenedSessionStore> => {
    const state = emptyState()
    const original = createSessionStore(state)
    const store = { ...original, ...mutant.mutate(original, state) }
    return { store, async [Symbol.asyncDispose]() {} }
  }
}

async function brokenCases(mutant: Mutant): Promise<readonly string[]> {
  const broken: string[] = []
  const cases = sessionStoreContractCases.filter(({ theme }) => theme === mutant.theme)
  for (const { name, run } of cases) {
    await run(opener(mutant)).catch(() => broken.push(name))
  }
  return broken
}

describe('contract suite catches a store in which', () => {
  for (const mutant of mutants) {
    it(mutant.bug, async () => {
      expect(await brokenCases(mutant)).not.toEqual([])
    })
  }
})

describe('model check catches a store in which', () => {
  for (const mutant of mutants.filter(({ caughtByModel }) => caughtByModel)) {
    it(mutant.bug, async () => {
      await expect(checkSessionStoreAgainstModel(opener(mutant))).rejects.toThrow()
    })
  }
})
