import { createMemoryGrantStore } from 'coatcheck/memory'
import { describeGrantStoreContract, type OpenedGrantStore } from 'coatcheck/testing-contracts'
import { checkGrantStoreAgainstModel } from 'coatcheck/testing-model'
import { it } from 'vitest'

async function open(): Promise<OpenedGrantStore> {
  const store = createMemoryGrantStore()
  return { store, channel: store.revocations, async [Symbol.asyncDispose]() {} }
}

describeGrantStoreContract('memory grant store', open)

it('the memory grant store matches the model', async () => {
  await checkGrantStoreAgainstModel(open, { runs: 500 })
})
