import { expect } from 'vitest'
import { minute } from '../../domain/time.ts'
import { anInstant, aSessionRecord, toSessionId } from '../builders.ts'
import {
  anEnding,
  anEndOf,
  aRotation,
  expectUnchanged,
  findExisting,
  insertAll,
  liveIds,
} from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'
import { hostileTexts } from './hostile-text.ts'

const texts = Object.values(hostileTexts)

/** 10,000 characters that include every hostile text. */
const longText = cut(texts.join('|').repeat(30), 10_000)

/** Truncates between code points: a lone surrogate is not well-formed text. */
function cut(text: string, length: number): string {
  return [...text].slice(0, length).join('')
}

export const hostileInputCases = sessionStoreCases('hostile input', {
  async 'distinguishes session ids byte by byte, whatever the text'({ store }) {
    const records = texts.map((text) => aSessionRecord({ id: toSessionId(text), userAgent: text }))
    await insertAll(store, records)

    await expectUnchanged(store, records)
  },

  async 'finds nothing under ids that only resemble an existing one'({ store }) {
    await insertAll(store, [
      aSessionRecord({ id: toSessionId('Ab') }),
      aSessionRecord({ id: toSessionId('caf\u00e9') }),
    ])

    const lookalikes = ['ab', 'AB', 'Ab ', ' Ab', 'A', 'Abc', 'A_', 'A%', '', 'cafe\u0301', 'cafe']
    for (const text of [...lookalikes, ...texts.filter((each) => each !== 'caf\u00e9')]) {
      expect(await store.find(toSessionId(text))).toBeNull()
    }
  },

  async 'changes and ends exactly the session with the given id'({ store }) {
    const records = texts.map((text) => aSessionRecord({ id: toSessionId(text) }))
    await insertAll(store, records)

    for (const [index, record] of records.entries()) {
      const { id } = record
      expect(await store.replaceSecret(id, aRotation(record))).toBe(true)
      expect(await store.updateData(id, () => id)).toBe(true)
      await store.touch([{ id, at: anInstant + minute }], 0)
      expect((await store.end(id, anEnding({ by: id })))?.id).toBe(id)
      const after = await findExisting(store, id)
      expect([after.data, after.lastActivityAt, after.endedBy]).toEqual([
        id,
        anInstant + minute,
        id,
      ])
      await expectUnchanged(store, records.slice(index + 1))
    }
  },

  async 'distinguishes user ids byte by byte, whatever the text'({ store }) {
    const records = texts.map((userId) => aSessionRecord({ userId }))
    await insertAll(store, records)

    for (const record of records) {
      expect(await store.listByUser(record.userId, anInstant)).toEqual([record])
    }
    for (const [index, record] of records.entries()) {
      const { userId } = record
      const ended = await store.endByUser(userId, anEnding({ by: userId }), null)
      expect(ended).toEqual([anEndOf(record, 'signed-out')])
      await expectUnchanged(store, records.slice(index + 1))
    }
  },

  async 'returns any data unchanged'({ store }) {
    for (const data of [...texts, '', longText, '{"__proto__":{"admin":true}}']) {
      const record = aSessionRecord({ data })
      await insertAll(store, [record])
      expect((await findExisting(store, record.id)).data).toBe(data)
      await store.updateData(record.id, () => `${data}'`)
      expect((await findExisting(store, record.id)).data).toBe(`${data}'`)
    }
  },

  async 'returns large data unchanged'({ store }) {
    const record = aSessionRecord({ data: longText.repeat(100) })
    await insertAll(store, [record])

    expect((await findExisting(store, record.id)).data === record.data).toBe(true)
  },

  async 'returns any user agent and any bytes unchanged'({ store }) {
    const patterns = [0x00, 0x27, 0x5c, 0x80, 0xff]
    const records = patterns.map((byte) =>
      aSessionRecord({
        userAgent: cut(longText, 512),
        secretHash: new Uint8Array(32).fill(byte),
        csrfSecret: new Uint8Array(32).fill(byte),
      }),
    )
    await insertAll(store, records)

    await expectUnchanged(store, records)
  },

  async 'never matches a text with a NUL by the part before it'({ store }) {
    const record = aSessionRecord({ id: toSessionId('ada'), userId: 'ada' })
    await insertAll(store, [record])
    const id = toSessionId('ada\u0000x')

    // The contract excludes such text: a store may reject it, but must not match another id.
    expect(await store.find(id).catch(() => null)).toBeNull()
    expect(await store.end(id, anEnding()).catch(() => null)).toBeNull()
    await store.touch([{ id, at: anInstant + minute }], 0).catch(() => undefined)
    await store.endByUser('ada\u0000x', anEnding(), null).catch(() => [])
    await expectUnchanged(store, [record])
    expect(await liveIds(store, 'ada')).toEqual(['ada'])
  },

  async 'never truncates data at a NUL: it stores it whole or rejects it'({ store }) {
    const record = aSessionRecord({ data: 'kept' })
    await insertAll(store, [record])
    const data = 'before\u0000after'

    const saved = await store.updateData(record.id, () => data).catch(() => false)

    expect((await findExisting(store, record.id)).data).toBe(saved ? data : 'kept')
  },
})
