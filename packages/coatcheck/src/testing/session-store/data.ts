import { expect } from 'vitest'
import { anInstant, aSessionId, aSessionRecord } from '../builders.ts'
import { anEnding, expectUnchanged, findExisting, insertAll } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

export const dataCases = sessionStoreCases('data', {
  async 'replaceData replaces the data and increments the version'({ store, second }) {
    const record = aSessionRecord({ dataVersion: 41 })
    await insertAll(store, [record])

    expect(await store.replaceData(record.id, { from: 41, data: '{"a":1}' })).toBe(true)

    expect(await second.find(record.id)).toEqual({ ...record, data: '{"a":1}', dataVersion: 42 })
  },

  async 'replaceData increments the version even if the data stays the same'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])

    expect(await store.replaceData(record.id, { from: 0, data: record.data })).toBe(true)

    expect(await store.find(record.id)).toEqual({ ...record, dataVersion: 1 })
  },

  async 'replaceData changes no other session'({ store }) {
    const record = aSessionRecord()
    const other = aSessionRecord({ userId: record.userId })
    await insertAll(store, [record, other])

    await store.replaceData(record.id, { from: 0, data: 'changed' })

    await expectUnchanged(store, [other])
  },

  async 'replaceData returns false for an absent session'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])

    expect(await store.replaceData(aSessionId(), { from: 0, data: 'lost' })).toBe(false)
    await expectUnchanged(store, [record])
  },

  async 'replaceData returns false and changes nothing for another version'({ store }) {
    const record = aSessionRecord({ dataVersion: 7 })
    await insertAll(store, [record])

    for (const from of [6, 8, 0]) {
      expect(await store.replaceData(record.id, { from, data: 'lost' })).toBe(false)
    }
    await expectUnchanged(store, [record])
  },

  async 'replaceData returns false and changes nothing after the session has ended'({
    store,
    second,
  }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    await store.end(record.id, anEnding())
    const before = await findExisting(store, record.id)

    expect(await second.replaceData(record.id, { from: 0, data: 'late' })).toBe(false)
    await expectUnchanged(store, [before])
  },

  async 'replaceData does not check timeouts: it changes an expired, unended session'({ store }) {
    const record = aSessionRecord({ expiresAt: anInstant + 1, idleTimeout: 1 })
    await insertAll(store, [record])

    expect(await store.replaceData(record.id, { from: 0, data: 'kept' })).toBe(true)
    expect((await findExisting(store, record.id)).data).toBe('kept')
  },

  async 'replaceData succeeds for exactly one of two concurrent changes of a version'({
    store,
    second,
  }) {
    for (let round = 0; round < 10; round += 1) {
      const record = aSessionRecord()
      await insertAll(store, [record])

      const outcomes = await Promise.all([
        store.replaceData(record.id, { from: 0, data: '{"left":1}' }),
        second.replaceData(record.id, { from: 0, data: '{"right":1}' }),
      ])

      expect(outcomes.toSorted()).toEqual([false, true])
      const data = outcomes[0] ? '{"left":1}' : '{"right":1}'
      expect(await store.find(record.id)).toEqual({ ...record, data, dataVersion: 1 })
    }
  },

  async 'replaceData loses no change of concurrent writers that retry'({ store, second }) {
    const record = aSessionRecord({ data: '' })
    await insertAll(store, [record])

    async function append(character: string, view: typeof store): Promise<void> {
      for (let attempt = 0; attempt < 100; attempt += 1) {
        const { data, dataVersion } = await findExisting(view, record.id)
        if (await view.replaceData(record.id, { from: dataVersion, data: data + character })) return
      }
      throw new Error('Lost 100 races in a row')
    }
    await Promise.all(
      [...'coatcheck'].map((character, index) => append(character, index % 2 ? second : store)),
    )

    const after = await findExisting(store, record.id)
    expect([...after.data].toSorted()).toEqual([...'coatcheck'].toSorted())
    expect(after.dataVersion).toBe(9)
  },
})
