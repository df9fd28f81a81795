import { createMemoryGrantStore } from 'coatcheck/memory'
import { describeGrantStoreContract } from 'coatcheck/testing-contracts'

describeGrantStoreContract('memory grant store', async () => {
  const store = createMemoryGrantStore()
  return { store, channel: store.revocations, async [Symbol.asyncDispose]() {} }
})
