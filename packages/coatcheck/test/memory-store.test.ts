import { createMemorySessionStore } from 'coatcheck/memory'
import { describeSessionStoreContract } from 'coatcheck/testing'

describeSessionStoreContract('memory', async () => ({
  store: createMemorySessionStore(),
  async [Symbol.asyncDispose]() {},
}))
