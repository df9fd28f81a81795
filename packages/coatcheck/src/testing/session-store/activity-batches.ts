import { expect } from 'vitest'
import { minute } from '../../domain/time.ts'
import { anInstant, aSessionId, aSessionRecord } from '../builders.ts'
import { anEnding, expectUnchanged, findExisting, insertAll } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

export const activityBatchCases = sessionStoreCases('activity batches', {
  async 'touch accepts an empty batch'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])

    expect(await store.touch([], 0)).toEqual([])

    await expectUnchanged(store, [record])
  },

  async 'touch accepts a batch of a thousand with absent and ended sessions'({ store }) {
    const records = Array.from({ length: 40 }, () => aSessionRecord())
    await insertAll(store, records)
    const [ended] = records
    if (ended) await store.end(ended.id, anEnding())
    const batch = Array.from({ length: 1000 }, (_, index) => ({
      id: records[index / 25]?.id ?? aSessionId(),
      at: anInstant + minute + index,
    }))

    const notMoved = await store.touch(batch, 0)

    const absent = batch.filter((_, index) => index % 25 !== 0).map(({ id }) => id)
    expect(notMoved.toSorted()).toEqual([...absent, ended?.id].toSorted())
    const found = await Promise.all(records.map(({ id }) => findExisting(store, id)))
    expect(found.map((record) => record.lastActivityAt - anInstant)).toEqual(
      records.map((_, index) => (index === 0 ? 0 : minute + index * 25)),
    )
  },

  async 'touch applies the latest of several instants for one session, in any order'({ store }) {
    const records = [aSessionRecord(), aSessionRecord(), aSessionRecord()]
    await insertAll(store, records)
    const orders = [
      [1, 2, 3],
      [3, 2, 1],
      [2, 3, 1],
    ]
    const batch = records.flatMap(({ id }, index) =>
      (orders[index] ?? []).map((minutes) => ({ id, at: anInstant + minutes * minute })),
    )

    expect(await store.touch(batch, 0)).toEqual([])

    for (const { id } of records) {
      expect((await findExisting(store, id)).lastActivityAt).toBe(anInstant + 3 * minute)
    }
  },

  async 'touch ignores earlier instants of a session whose latest one is past a timeout'({
    store,
  }) {
    const record = aSessionRecord({ idleTimeout: 10 * minute })
    await insertAll(store, [record])
    const batch = [9, 18].map((minutes) => ({ id: record.id, at: anInstant + minutes * minute }))

    expect(await store.touch(batch, 0)).toEqual([record.id])

    await expectUnchanged(store, [record])
  },

  async 'touch does not deadlock on concurrent batches in opposite orders'({ store, second }) {
    const records = Array.from({ length: 30 }, () => aSessionRecord())
    await insertAll(store, records)

    for (let round = 1; round <= 5; round += 1) {
      const batch = records.map(({ id }) => ({ id, at: anInstant + round * minute }))
      await Promise.all([store.touch(batch, 0), second.touch(batch.toReversed(), 0)])
    }

    for (const { id } of records) {
      expect((await findExisting(store, id)).lastActivityAt).toBe(anInstant + 5 * minute)
    }
  },
})
