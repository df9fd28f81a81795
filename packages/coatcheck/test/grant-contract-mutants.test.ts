import { grantStoreContractCases } from 'coatcheck/testing-contracts'
import { describe, expect, it } from 'vitest'
import { grantMutantOpener, grantMutants } from './mutants/grant-mutants.ts'

describe('grant store contract catches a store in which', () => {
  for (const mutant of grantMutants) {
    it(mutant.bug, async () => {
      const [named] = grantStoreContractCases.filter(({ name }) => name === mutant.caughtBy)
      expect(named).toBeDefined()
      await expect(named?.run(grantMutantOpener(mutant))).rejects.toThrow()
    })
  }
})
