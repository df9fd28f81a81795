import { createMemorySessionStore } from 'coatcheck/memory'
import {
  describeRevocationChannelContract,
  describeSessionStoreContract,
  type OpenedSessionStore,
} from 'coatcheck/testing'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { it } from 'vitest'

async function open(): Promise<OpenedSessionStore> {
  return { store: createMemorySessionStore(), async [Symbol.asyncDispose]() {} }
}

describeSessionStoreContract('memory store', open)

describeRevocationChannelContract('memory channel', async () => {
  const store = createMemorySessionStore()
  return { store, channel: store.revocations, async [Symbol.asyncDispose]() {} }
})

it('the memory session store matches the model', async () => {
  await checkSessionStoreAgainstModel(open, { runs: 500 })
})
