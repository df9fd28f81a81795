import {
  type OpenedSessionStore,
  type OpenSessionStore,
  sessionStoreContractCases,
} from 'coatcheck/testing'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { describe, expect, it } from 'vitest'
import { sessionStoreOver } from '../src/stores/memory/session-store.ts'
import type { MemoryState } from '../src/stores/memory/state.ts'
import { changeMutants } from './mutants/change.ts'
import { endingMutants } from './mutants/ending.ts'
import { insertionMutants } from './mutants/insertion.ts'
import type { Mutant } from './mutants/mutant.ts'
import { readingMutants } from './mutants/reading.ts'
import { sweepingMutants } from './mutants/sweeping.ts'

const mutants = [
  ...insertionMutants,
  ...changeMutants,
  ...endingMutants,
  ...readingMutants,
  ...sweepingMutants,
]

function opener(mutant: Mutant): OpenSessionStore {
  return async (): Promise<OpenedSessionStore> => {
    const state: MemoryState = { sessions: new Map(), allEndedAt: new Map() }
    const honest = sessionStoreOver(state)
    const store = { ...honest, ...mutant.mutate(honest, state) }
    return { store, async [Symbol.asyncDispose]() {} }
  }
}

async function brokenThemes(mutant: Mutant): Promise<ReadonlySet<string>> {
  const broken = new Set<string>()
  for (const { theme, run } of sessionStoreContractCases) {
    await run(opener(mutant)).catch(() => broken.add(theme))
  }
  return broken
}

describe('the store contract sees a store in which', () => {
  for (const mutant of mutants) {
    it(mutant.bug, async () => {
      expect(await brokenThemes(mutant)).toContain(mutant.theme)
    })
  }
})

describe('generated histories see a store in which', () => {
  for (const mutant of mutants.filter(({ seenByModel }) => seenByModel)) {
    it(mutant.bug, async () => {
      await expect(checkSessionStoreAgainstModel(opener(mutant))).rejects.toThrow()
    })
  }
})
