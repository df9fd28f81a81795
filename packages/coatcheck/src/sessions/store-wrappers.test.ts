import { expect, it } from 'vitest'
import type { SessionStore } from '../ports/session-store.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { withCacheInvalidation } from './cache/with-cache-invalidation.ts'
import { reportStoreFailures } from './report-store-failures.ts'

/** With every optional operation: the compiler finds one that is missing here. */
function aCompleteStore(): Required<SessionStore> {
  const memory = createMemorySessionStore()
  return {
    ...memory,
    sweepBatch: 10,
    hasEndedWithoutSuccessor: async () => false,
    normalizeUserId: async (userId) => userId,
    claimSweep: async () => true,
    currentTime: async () => null,
    within: () => memory,
  }
}

const cache = {
  read: async () => null,
  observe() {},
  updateActivity() {},
  invalidate() {},
  invalidateUser() {},
}

it.each([
  ['reportStoreFailures', (store: SessionStore) => reportStoreFailures(store, reporting)],
  ['withCacheInvalidation', (store: SessionStore) => withCacheInvalidation(store, cache)],
])('%s passes on every operation that a store has', (_name, wrap) => {
  const memory = createMemorySessionStore()
  const { revocations: _, ...operations } = { ...memory, ...aCompleteStore() }
  expect(Object.keys(wrap(operations)).toSorted()).toEqual(Object.keys(operations).toSorted())
})

const reporting = { clock: createFakeClock(), report() {} }
