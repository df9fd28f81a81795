import { expect } from 'vitest'
import { minute } from '../../domain/time.ts'
import { aGrantRecord, anInstant, toGrantId } from '../builders.ts'
import { grantStoreCases } from './case.ts'
import { aGrantEnding, aGrantRotation, insertGrants, liveGrants, rotated } from './fixtures.ts'

const userId = 'ada'

export const grantListingCases = grantStoreCases('listing', {
  async 'listByUser returns complete records'({ store, second }) {
    const record = aGrantRecord({ userId })
    await insertGrants(store, [record])
    const rotation = aGrantRotation(record)
    await store.rotate(record.id, rotation)

    expect(await second.listByUser(userId, anInstant)).toEqual([rotated(record, rotation)])
  },

  async 'listByUser returns the newest first, then by id ascending'({ store }) {
    const older = aGrantRecord({ userId, createdAt: anInstant - 1 })
    const a = aGrantRecord({ userId, id: toGrantId('A') })
    const b = aGrantRecord({ userId, id: toGrantId('B') })
    const lower = aGrantRecord({ userId, id: toGrantId('a') })
    const newer = aGrantRecord({ userId, createdAt: anInstant + 1 })
    await insertGrants(store, [lower, older, b, newer, a])

    const expected = [newer, a, b, lower, older].map(({ id }) => id)
    expect(await liveGrants(store, userId)).toEqual(expected)
  },

  async 'listByUser omits grants that have ended or are past a timeout, to the millisecond'({
    store,
  }) {
    const ended = aGrantRecord({ userId })
    const absolute = aGrantRecord({ userId, expiresAt: anInstant + minute })
    const idle = aGrantRecord({ userId, idleTimeout: minute, createdAt: anInstant - 1 })
    const refreshed = { ...idle, id: aGrantRecord().id, lastRefreshedAt: anInstant }
    await insertGrants(store, [ended, absolute, idle, refreshed])
    await store.end(ended.id, aGrantEnding())

    const before = await liveGrants(store, userId, anInstant + minute - 1)
    expect(before.toSorted()).toEqual([absolute.id, refreshed.id].toSorted())
    expect(await liveGrants(store, userId, anInstant + minute)).toEqual([])
  },

  async 'listByUser returns an empty list for a user without grants'({ store }) {
    await insertGrants(store, [aGrantRecord({ userId: 'Ada' }), aGrantRecord({ userId: 'ada ' })])

    for (const user of [userId, 'grace', '', 'a%', 'A_A']) {
      expect(await store.listByUser(user, anInstant)).toEqual([])
    }
  },
})
