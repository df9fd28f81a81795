import { expect } from 'vitest'
import { SessionError } from '../../domain/errors.ts'
import type { SessionRecord } from '../../domain/session.ts'
import { anInstant, aSessionId, aSessionRecord } from '../builders.ts'
import { anEnding, aRotation, expectUnchanged, findExisting, insertAll } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

function failIfCalled(): never {
  throw new Error('The update was called')
}

export const dataCases = sessionStoreCases('data', {
  async 'updateData stores what the update returns and increments the version'({ store, second }) {
    const record = aSessionRecord({ dataVersion: 41 })
    await insertAll(store, [record])

    expect(await store.updateData(record.id, () => '{"a":1}')).toBe(true)

    expect(await second.find(record.id)).toEqual({ ...record, data: '{"a":1}', dataVersion: 42 })
  },

  async 'updateData increments the version even if the data stays the same'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])

    expect(await store.updateData(record.id, ({ data }) => data)).toBe(true)

    expect(await store.find(record.id)).toEqual({ ...record, dataVersion: 1 })
  },

  async 'updateData passes the stored record to the update'({ store, second }) {
    const record = aSessionRecord({ data: 'before' })
    await insertAll(store, [record])
    const seen: SessionRecord[] = []

    await second.updateData(record.id, (current) => {
      seen.push(current)
      return 'after'
    })

    expect(seen.at(-1)).toEqual(record)
  },

  async 'updateData changes nothing if the update returns null'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])

    expect(await store.updateData(record.id, () => null)).toBe(true)
    await expectUnchanged(store, [record])
  },

  async 'updateData changes no other session'({ store }) {
    const record = aSessionRecord()
    const other = aSessionRecord({ userId: record.userId })
    await insertAll(store, [record, other])

    await store.updateData(record.id, () => 'changed')

    await expectUnchanged(store, [other])
  },

  async 'updateData returns false for an absent session, without calling the update'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])

    expect(await store.updateData(aSessionId(), failIfCalled)).toBe(false)
    await expectUnchanged(store, [record])
  },

  async 'updateData returns false for an ended session, without calling the update'({
    store,
    second,
  }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    await store.end(record.id, anEnding())
    const before = await findExisting(store, record.id)

    expect(await second.updateData(record.id, failIfCalled)).toBe(false)
    await expectUnchanged(store, [before])
  },

  async 'updateData does not check timeouts: it changes an expired, unended session'({ store }) {
    const record = aSessionRecord({ expiresAt: anInstant + 1, idleTimeout: 1 })
    await insertAll(store, [record])

    expect(await store.updateData(record.id, () => 'kept')).toBe(true)
    expect((await findExisting(store, record.id)).data).toBe('kept')
  },

  async 'updateData rejects with the error of the update and changes nothing'({ store, second }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    const error = new SessionError('invalid-argument', 'not storable')

    const updated = store.updateData(record.id, () => {
      throw error
    })

    await expect(updated).rejects.toBe(error)
    await expectUnchanged(second, [record])
    expect(await second.updateData(record.id, () => 'later')).toBe(true)
  },

  async 'updateData applies each of 100 concurrent updates once and refuses none'({
    store,
    second,
  }) {
    const record = aSessionRecord({ data: '' })
    await insertAll(store, [record])
    const marks = Array.from({ length: 100 }, (_, index) => `${index} `)

    const outcomes = await Promise.all(
      marks.map((mark, index) =>
        (index % 2 ? second : store).updateData(record.id, ({ data }) => `${data}${mark}`),
      ),
    )

    expect(outcomes).toEqual(marks.map(() => true))
    const after = await findExisting(store, record.id)
    expect(after.data.match(/\d+ /g)?.toSorted()).toEqual(marks.toSorted())
    expect(after.dataVersion).toBe(100)
  },

  async 'updateData and a concurrent rotation both take effect'({ store, second }) {
    for (let round = 0; round < 10; round += 1) {
      const record = aSessionRecord()
      await insertAll(store, [record])
      const rotation = aRotation(record)

      await Promise.all([
        second.updateData(record.id, () => 'changed'),
        store.replaceSecret(record.id, rotation),
      ])

      const { data, secretHash } = await findExisting(store, record.id)
      expect({ data, secretHash }).toEqual({ data: 'changed', secretHash: rotation.to })
    }
  },
})
