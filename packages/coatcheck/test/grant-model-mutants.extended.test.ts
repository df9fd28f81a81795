import { checkGrantStoreAgainstModel } from 'coatcheck/testing-model'
import { describe, expect, it } from 'vitest'
import { grantMutantOpener, grantMutants } from './mutants/grant-mutants.ts'

describe('model check of grants catches a store in which', () => {
  for (const mutant of grantMutants.filter(({ caughtByModel }) => caughtByModel)) {
    it(mutant.bug, async () => {
      await expect(checkGrantStoreAgainstModel(grantMutantOpener(mutant))).rejects.toThrow()
    })
  }
})
