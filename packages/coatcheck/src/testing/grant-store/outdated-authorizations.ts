import { expect } from 'vitest'
import type { GrantRecord } from '../../domain/grant.ts'
import type { Instant } from '../../domain/time.ts'
import type { GrantInsertOutcome, GrantStore } from '../../ports/grant-store.ts'
import { aGrantRecord, anInstant } from '../builders.ts'
import { grantStoreCases } from './case.ts'
import { aGrantEnding, expectGrants, grantInsertion, insertGrants, liveGrants } from './fixtures.ts'

const userId = 'ada'
const refused = { status: 'refused', reason: 'authorization-outdated' }
const inserted = { status: 'inserted', ended: [] }

async function endAll(store: GrantStore, at: Instant, user = userId): Promise<void> {
  await store.endByUser(user, aGrantEnding({ at }))
}

function add(
  store: GrantStore,
  authorizedAt: Instant,
  record: GrantRecord = aGrantRecord({ userId }),
): Promise<GrantInsertOutcome> {
  return store.insert(grantInsertion(record, { authorizedAt }))
}

export const outdatedAuthorizationCases = grantStoreCases('outdated authorizations', {
  async 'insert refuses an authorization from before or when all grants ended, not after'({
    store,
    second,
  }) {
    await insertGrants(store, [aGrantRecord({ userId })])
    await endAll(store, anInstant)

    expect(await add(second, anInstant - 1)).toEqual(refused)
    expect(await add(second, anInstant)).toEqual(refused)
    expect(await add(second, anInstant + 1)).toEqual(inserted)
  },

  async 'insert changes nothing when it refuses'({ store }) {
    await endAll(store, anInstant)
    const existing = aGrantRecord({ userId, clientId: 'cli' })
    await store.insert(grantInsertion(existing, { authorizedAt: anInstant + 1 }))
    const record = aGrantRecord({ userId, clientId: 'cli' })

    const outcome = await store.insert({ record, authorizedAt: anInstant, limit: 1 })

    expect(outcome).toEqual(refused)
    expect(await store.find(record.id)).toBeNull()
    await expectGrants(store, [existing])
  },

  async 'insert refuses no authorization after the end of one grant or of a client'({ store }) {
    const record = aGrantRecord({ userId, clientId: 'cli' })
    const other = aGrantRecord({ userId, clientId: 'web' })
    await insertGrants(store, [record, other])
    await store.end(record.id, aGrantEnding({ at: anInstant + 10 }))
    await store.endByClient('web', aGrantEnding({ at: anInstant + 10 }), 10)

    expect(await add(store, anInstant)).toEqual(inserted)
  },

  async 'insert refuses outdated authorizations of a user who had no grant to end'({ store }) {
    await endAll(store, anInstant)

    expect(await add(store, anInstant)).toEqual(refused)
  },

  async 'insert refuses outdated authorizations of that user only'({ store }) {
    await endAll(store, anInstant)

    for (const other of ['Ada', 'ada ', 'grace']) {
      expect(await add(store, anInstant - 1, aGrantRecord({ userId: other }))).toEqual(inserted)
    }
  },

  async 'insert compares with the latest end of all grants, whatever the order of calls'({
    store,
  }) {
    await endAll(store, anInstant + 5)
    await endAll(store, anInstant)

    expect(await add(store, anInstant + 5)).toEqual(refused)
    await endAll(store, anInstant + 9)
    expect(await add(store, anInstant + 9)).toEqual(refused)
    expect(await add(store, anInstant + 10)).toEqual(inserted)
  },

  async 'insert still refuses outdated authorizations after the purge'({ store }) {
    await insertGrants(store, [aGrantRecord({ userId })])
    await endAll(store, anInstant)
    expect(await store.purge(anInstant + 1, 10)).toBe(1)

    expect(await add(store, anInstant)).toEqual(refused)
  },

  async 'endByUser leaves no grant live after concurrent insertions with older authorizations'({
    store,
    second,
  }) {
    for (let round = 0; round < 5; round += 1) {
      const user = `ada-${round}`
      const records = Array.from({ length: 20 }, () => aGrantRecord({ userId: user }))
      const addAll = (batch: readonly GrantRecord[]) =>
        batch.map((record, index) => add(index % 2 ? second : store, anInstant, record))
      const before = addAll(records.slice(0, 10))
      const ending = endAll(second, anInstant + 1, user)
      const additions = [...before, ...addAll(records.slice(10))]
      await Promise.all([...additions, ending])

      expect(await liveGrants(store, user, anInstant + 2)).toEqual([])
      const outcomes = await Promise.all(additions)
      const found = await Promise.all(records.map(({ id }) => store.find(id)))
      expect(found.map((record) => record?.endReason ?? null)).toEqual(
        outcomes.map(({ status }) => (status === 'inserted' ? 'password-changed' : null)),
      )
    }
  },
})
