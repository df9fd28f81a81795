import { expect } from 'vitest'
import { minute } from '../../domain/time.ts'
import { anInstant, aSessionRecord, toSessionId } from '../builders.ts'
import { anEnding, insertAll, liveIds } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

const userId = 'ada'

export const listingCases = sessionStoreCases('listing', {
  async 'listByUser returns nothing for a user without sessions'({ store }) {
    await insertAll(store, [aSessionRecord()])

    expect(await store.listByUser(userId, anInstant)).toEqual([])
  },

  async 'listByUser returns whole records of that user only'({ store, second }) {
    const record = aSessionRecord({ userId, data: '{"theme":"dark"}', dataVersion: 3 })
    await insertAll(store, [aSessionRecord(), record, aSessionRecord()])

    expect(await store.listByUser(userId, anInstant)).toEqual([record])
    expect(await second.listByUser(userId, anInstant)).toEqual([record])
  },

  async 'listByUser lists the newest first by createdAt, whatever the activity'({ store }) {
    const records = [3, 1, 4, 2].map((age) =>
      aSessionRecord({ userId, createdAt: anInstant - age, lastActivityAt: anInstant + age }),
    )
    await insertAll(store, records)

    const listed = await store.listByUser(userId, anInstant)
    expect(listed.map((record) => anInstant - record.createdAt)).toEqual([1, 2, 3, 4])
  },

  async 'listByUser orders sessions of the same instant by id, byte by byte'({ store }) {
    const ordered = ['-x', '0x', '9x', 'AB', 'Aa', 'Z', '_x', 'a', 'aB', 'b'].map(toSessionId)
    const shuffled = [7, 2, 9, 0, 4, 5, 1, 8, 3, 6].flatMap((index) => ordered[index] ?? [])
    await insertAll(
      store,
      shuffled.map((id) => aSessionRecord({ id, userId })),
    )

    expect(await liveIds(store, userId)).toEqual(ordered)
  },

  async 'listByUser omits ended sessions'({ store }) {
    const [ended, live] = [aSessionRecord({ userId }), aSessionRecord({ userId })]
    await insertAll(store, [ended, live])
    await store.end(ended.id, anEnding({ at: anInstant + minute }))

    expect(await store.listByUser(userId, anInstant)).toEqual([live])
  },

  async 'listByUser omits sessions past their absolute deadline, to the millisecond'({ store }) {
    const record = aSessionRecord({ userId, expiresAt: anInstant + minute })
    await insertAll(store, [record])

    expect(await liveIds(store, userId, anInstant + minute - 1)).toEqual([record.id])
    expect(await liveIds(store, userId, anInstant + minute)).toEqual([])
    expect(await liveIds(store, userId, anInstant + minute + 1)).toEqual([])
  },

  async 'listByUser omits sessions past their idle deadline, to the millisecond'({ store }) {
    const record = aSessionRecord({
      userId,
      lastActivityAt: anInstant + 5,
      idleTimeout: minute,
    })
    await insertAll(store, [record])

    expect(await liveIds(store, userId, anInstant + 5 + minute - 1)).toEqual([record.id])
    expect(await liveIds(store, userId, anInstant + 5 + minute)).toEqual([])
  },

  async 'listByUser ends no session'({ store }) {
    const record = aSessionRecord({ userId, expiresAt: anInstant + 1 })
    await insertAll(store, [record])

    await store.listByUser(userId, anInstant + minute)

    expect(await store.find(record.id)).toEqual(record)
  },
})
