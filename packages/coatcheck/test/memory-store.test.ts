import { createMemorySessionStore } from 'coatcheck/memory'
import {
  describeRevocationChannelContract,
  describeSessionStoreContract,
  type OpenedSessionStore,
} from 'coatcheck/testing-contracts'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { expect, it } from 'vitest'
import { createSessionStore } from '../src/stores/memory/session-store.ts'
import { emptyState } from '../src/stores/memory/state.ts'
import { anInstant, aSessionRecord } from '../src/testing/builders.ts'
import { anEnding, plainInsertion } from '../src/testing/fixtures.ts'

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

it('the memory session store ignores and replaces an end of all sessions in the future', async () => {
  const state = emptyState()
  const store = createSessionStore(state)
  state.endedAllAt.set('ada', Date.now() + 120_000)
  const signIn = (credentialsCheckedAt: number) =>
    store.insert(plainInsertion(aSessionRecord({ userId: 'ada' }), { credentialsCheckedAt }))
  expect((await signIn(anInstant)).status).toBe('inserted')

  await store.endByUser('ada', anEnding({ at: anInstant }), null)
  expect((await signIn(anInstant)).status).toBe('refused')
  expect((await signIn(Date.now() + 60_000)).status).toBe('inserted')
})
