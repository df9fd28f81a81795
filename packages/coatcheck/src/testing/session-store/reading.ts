import { expect } from 'vitest'
import { anInstant, aSecretHash, aSessionId, aSessionRecord } from '../builders.ts'
import { anEnding, insertAll, plainInsertion } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

export const readingCases = sessionStoreCases('reading', {
  async 'find returns null for an unknown id'({ store }) {
    await insertAll(store, [aSessionRecord()])

    expect(await store.find(aSessionId())).toBeNull()
  },

  async 'find returns a new record as it was inserted'({ store, second }) {
    const record = aSessionRecord({ ipAddress: null, userAgent: null })
    await store.insert(plainInsertion(record))

    expect(await store.find(record.id)).toEqual(record)
    expect(await second.find(record.id)).toEqual(record)
  },

  async 'find returns every field as it was inserted, to the millisecond and the byte'({ store }) {
    const record = aSessionRecord({
      previousSecretHash: aSecretHash(),
      previousSecretExpiresAt: anInstant + 10_001,
      rotatedAt: anInstant + 1,
      expiresAt: anInstant + 86_400_007,
      lastActivityAt: anInstant + 999,
      idleTimeout: 1_234_567,
      authenticatedAt: anInstant - 1,
      remembered: true,
      csrfSecret: Uint8Array.from({ length: 32 }, (_, index) => (index * 37) % 256),
      data: '{"cart":["ä",1]}',
      dataVersion: 41,
    })
    await store.insert(plainInsertion(record))

    expect(await store.find(record.id)).toEqual(record)
  },

  async 'find returns an expired session'({ store }) {
    const record = aSessionRecord({ createdAt: 1, expiresAt: 2, idleTimeout: 1 })
    await store.insert(plainInsertion(record))

    expect(await store.find(record.id)).toEqual(record)
  },

  async 'find returns an ended session'({ store }) {
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))
    await store.end(record.id, anEnding())

    expect((await store.find(record.id))?.endedAt).toBe(anEnding().at)
  },

  async 'the store reads no clock: past and future sessions depend on the given instants only'({
    store,
  }) {
    const old = aSessionRecord({ createdAt: 1_000 })
    const future = aSessionRecord({ createdAt: Date.UTC(2999, 11, 31, 23, 59, 59, 999) })
    await insertAll(store, [old, future])

    for (const record of [old, future]) {
      expect(await store.listByUser(record.userId, record.createdAt + 1)).toEqual([record])
    }
  },

  async 'changes to inserted or returned records do not affect the store'({ store }) {
    const record = aSessionRecord()
    const input = { ...record, secretHash: record.secretHash.slice() }
    await store.insert(plainInsertion(input))
    input.secretHash.fill(0)
    const found = await store.find(record.id)
    found?.secretHash.fill(1)
    found?.csrfSecret.fill(1)

    expect(await store.find(record.id)).toEqual(record)
  },
})
