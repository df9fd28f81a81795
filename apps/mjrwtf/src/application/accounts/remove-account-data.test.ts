import { expect, it } from 'vitest'
import { testChain } from '../../../test/support/test-chain.ts'
import { createBatchRunner } from '../shared/batch-runner.ts'
import { createRemoveAccountData } from './remove-account-data.ts'

/** Batches that wait until they are released, one after the other. */
function open() {
  const batches: PromiseWithResolvers<boolean>[] = []
  const warnings: object[] = []
  const removeAccountData = createRemoveAccountData({
    accounts: {
      removeDataBatch() {
        const batch = Promise.withResolvers<boolean>()
        batches.push(batch)
        return batch.promise
      },
    },
    chainContext: () => testChain(),
    batchRunner: createBatchRunner({ pace: (step) => step() }),
    log: { warn: (fields) => void warnings.push(fields) },
  })
  const count = (length: number) => expect.poll(() => batches.length).toBe(length)
  return { batches, warnings, removeAccountData, count }
}

it('runs again if it is called while the last batch is in progress', async () => {
  const { batches, removeAccountData, count } = open()
  removeAccountData()
  removeAccountData()
  await count(1)
  batches[0]?.resolve(false)
  await count(2)
  batches[1]?.resolve(false)
  removeAccountData()
  await count(3)
})

it('logs a failure and continues with the next call', async () => {
  const { batches, warnings, removeAccountData, count } = open()
  const error = new Error('the database failed')
  removeAccountData()
  await count(1)
  batches[0]?.reject(error)
  await expect.poll(() => warnings).toEqual([{ error }])
  removeAccountData()
  await count(2)
})
