import { expect } from 'vitest'
import { aGrantRecord, anInstant, toGrantId } from '../builders.ts'
import { hostileTexts } from '../session-store/hostile-text.ts'
import { grantStoreCases } from './case.ts'
import {
  aGrantEnding,
  aGrantRotation,
  asEnded,
  expectGrants,
  grantInsertion,
  insertGrants,
  liveGrants,
} from './fixtures.ts'

const texts = Object.values(hostileTexts)

export const grantHostileInputCases = grantStoreCases('hostile input', {
  async 'distinguishes ids, user ids and client ids byte by byte, whatever the text'({ store }) {
    const records = texts.map((text) =>
      aGrantRecord({ id: toGrantId(text), userId: text, clientId: text }),
    )
    await insertGrants(store, records)
    await expectGrants(store, records)

    for (const record of records) {
      const { id, userId, clientId } = record
      expect(await liveGrants(store, userId)).toEqual([id])
      expect(await store.rotate(id, aGrantRotation(record))).toBe(true)
      const ending = aGrantEnding({ by: userId })
      expect(await store.endByClient(clientId, ending, 10)).toEqual([
        asEnded(record, ending.reason),
      ])
      expect((await store.find(id))?.endedBy).toBe(userId)
    }
  },

  async 'endByUser ends the grants of exactly this user, whatever the text'({ store }) {
    const records = texts.map((userId) => aGrantRecord({ userId }))
    await insertGrants(store, records)

    for (const record of records) {
      const ended = await store.endByUser(record.userId, aGrantEnding())
      expect(ended).toEqual([asEnded(record, 'password-changed')])
    }
  },

  async 'finds nothing under ids that only resemble an existing one'({ store }) {
    await insertGrants(store, [
      aGrantRecord({ id: toGrantId('Ab') }),
      aGrantRecord({ id: toGrantId('caf\u00e9') }),
    ])

    const lookalikes = ['ab', 'AB', 'Ab ', ' Ab', 'A', 'Abc', 'A_', 'A%', '', 'cafe\u0301', 'cafe']
    for (const text of lookalikes) expect(await store.find(toGrantId(text))).toBeNull()
  },

  async 'never matches a text with a NUL by the part before it'({ store }) {
    const record = aGrantRecord({ id: toGrantId('ada'), userId: 'ada', clientId: 'ada' })
    await insertGrants(store, [record])
    const text = 'ada\u0000x'
    const id = toGrantId(text)

    // The contract excludes such text: a store may reject it, but must not match another id.
    expect(await store.find(id).catch(() => null)).toBeNull()
    expect(await store.end(id, aGrantEnding()).catch(() => null)).toBeNull()
    expect(await store.rotate(id, aGrantRotation(record)).catch(() => false)).toBe(false)
    expect(await store.endByUser(text, aGrantEnding()).catch(() => [])).toEqual([])
    expect(await store.endByClient(text, aGrantEnding(), 10).catch(() => [])).toEqual([])
    await expectGrants(store, [record])
    expect(await liveGrants(store, 'ada')).toEqual([record.id])
  },

  async 'insert rejects text, hashes and instants that cannot be stored unchanged'({ store }) {
    const short = new Uint8Array(31)
    const token = { secretHash: short, scopes: [], expiresAt: anInstant }
    const wrong = [
      { id: toGrantId('') },
      { id: toGrantId('a\0') },
      { id: toGrantId('x'.repeat(256)) },
      { userId: 'a\0b' },
      { userId: '\ud800' },
      { clientId: '' },
      { clientId: 'x'.repeat(256) },
      { scopes: ['a b'] },
      { scopes: ['a', 'a'] },
      { scopes: [''] },
      { scopes: ['caf\u00e9'] },
      { familyHash: short },
      { refreshSecretHash: short },
      { accessToken: token },
      { previousAccessToken: token },
      { expiresAt: 0.5 },
      { idleTimeout: Number.NaN },
    ]
    for (const overrides of wrong) {
      const record = aGrantRecord(overrides)
      const inserting = store.insert(grantInsertion(record))
      await expect(inserting).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect(await store.endByUser('a', aGrantEnding())).toEqual([])
  },

  async 'rotate rejects hashes, scopes and instants that cannot be stored unchanged'({ store }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    const short = new Uint8Array(31)
    const wrong = [
      { to: short },
      { salt: short },
      { accessToken: { ...record.accessToken, secretHash: short } },
      { accessToken: { ...record.accessToken, scopes: ['a b'] } },
      { graceExpiresAt: 0.5 },
    ]
    for (const overrides of wrong) {
      const rotating = store.rotate(record.id, aGrantRotation(record, overrides))
      await expect(rotating).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    await expectGrants(store, [record])
  },
})
