import { expect } from 'vitest'
import type { UsedMethod } from '../../domain/authentication.ts'
import { minute } from '../../domain/time.ts'
import { anInstant, aSessionId, aSessionRecord } from '../builders.ts'
import {
  anAuthentication,
  anEnding,
  aRotation,
  expectUnchanged,
  findExisting,
  insertAll,
  plainInsertion,
} from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

const password: UsedMethod = { method: 'pwd', at: anInstant - 3 }
const code: UsedMethod = { method: 'otp', at: anInstant + 7 }

export const methodCases = sessionStoreCases('methods', {
  async 'insert stores the methods in their order, and find derives the level'({ store, second }) {
    for (const methods of [[], [password], [code, password]]) {
      const record = aSessionRecord({ methods, previousMethods: [password] })
      await store.insert(plainInsertion(record))

      const found = await findExisting(second, record.id)
      expect(found).toEqual(record)
      expect(found.assuranceLevel).toBe(methods.length === 2 ? 2 : 1)
      expect(await second.listByUser(record.userId, anInstant)).toEqual([record])
    }
  },

  async 'insert ignores a level that does not follow from the methods'({ store }) {
    const record = aSessionRecord({ methods: [password] })
    await store.insert(plainInsertion({ ...record, assuranceLevel: 3 }))

    expect((await findExisting(store, record.id)).assuranceLevel).toBe(1)
  },

  async 'replaceSecret replaces the methods for an authentication'({ store, second }) {
    const record = aSessionRecord({ methods: [password] })
    await insertAll(store, [record])
    const authentication = anAuthentication({
      methods: [password, code],
      previousMethods: [password],
    })
    await store.replaceSecret(record.id, aRotation(record, { authentication }))

    const found = await findExisting(second, record.id)
    expect(found).toMatchObject({ ...authentication, assuranceLevel: 2 })
  },

  async 'replaceSecret can remove all methods'({ store }) {
    const record = aSessionRecord({ methods: [password, code], previousMethods: [password] })
    await insertAll(store, [record])
    const authentication = anAuthentication()
    await store.replaceSecret(record.id, aRotation(record, { authentication }))

    const found = await findExisting(store, record.id)
    expect(found).toMatchObject({ methods: [], previousMethods: [], assuranceLevel: 1 })
  },

  async 'replaceSecret keeps the methods of a rotation'({ store, second }) {
    const record = aSessionRecord({ methods: [password, code], previousMethods: [password] })
    await insertAll(store, [record])
    await store.replaceSecret(record.id, aRotation(record))

    const { methods, previousMethods, assuranceLevel } = record
    const found = await findExisting(second, record.id)
    expect(found).toMatchObject({ methods, previousMethods, assuranceLevel })
  },

  async 'replaceSecret changes no methods if it returns false'({ store }) {
    const ended = aSessionRecord({ methods: [password] })
    const current = aSessionRecord({ methods: [password] })
    await insertAll(store, [ended, current])
    await store.end(ended.id, anEnding())
    const before = [await findExisting(store, ended.id), current]
    const authentication = anAuthentication({ methods: [password, code] })

    const fromEnded = aRotation(ended, { authentication })
    expect(await store.replaceSecret(ended.id, fromEnded)).toBe(false)
    const fromOther = aRotation(ended, { authentication })
    expect(await store.replaceSecret(current.id, fromOther)).toBe(false)
    expect(await store.replaceSecret(aSessionId(), fromOther)).toBe(false)
    await expectUnchanged(store, before)
  },

  async 'replaceSecret stores the methods of the one authentication that succeeds'({
    store,
    second,
  }) {
    for (let round = 0; round < 10; round += 1) {
      const record = aSessionRecord({ methods: [password] })
      await insertAll(store, [record])
      const lists: readonly (readonly UsedMethod[])[] = [
        [password, code],
        [{ method: 'rba', at: 1 }],
      ]
      const outcomes = await Promise.all(
        lists.map((methods, index) => {
          const authentication = anAuthentication({ methods })
          const rotation = aRotation(record, { authentication })
          return (index === 0 ? store : second).replaceSecret(record.id, rotation)
        }),
      )

      expect(outcomes.toSorted()).toEqual([false, true])
      const found = await findExisting(store, record.id)
      expect(found.methods).toEqual(lists[outcomes.indexOf(true)])
      expect(found.assuranceLevel).toBe(outcomes[0] ? 2 : 1)
    }
  },

  async 'no other operation changes the methods'({ store }) {
    const record = aSessionRecord({ methods: [password, code], previousMethods: [password] })
    await insertAll(store, [record])

    await store.updateData(record.id, () => '{"methods":[]}')
    await store.touch([{ id: record.id, at: anInstant + minute }], 0)
    await store.end(record.id, anEnding())

    const { methods, previousMethods, assuranceLevel } = record
    const found = await findExisting(store, record.id)
    expect(found).toMatchObject({ methods, previousMethods, assuranceLevel })
  },

  async 'insert and replaceSecret reject methods that cannot be stored, and change nothing'({
    store,
  }) {
    const record = aSessionRecord({ methods: [password] })
    await insertAll(store, [record])
    const rejected = { name: 'SessionError', code: 'invalid-argument' }
    for (const methods of damagedLists) {
      const other = aSessionRecord({ methods })
      await expect(store.insert(plainInsertion(other))).rejects.toMatchObject(rejected)
      expect(await store.find(other.id)).toBeNull()
      const authentication = anAuthentication({ methods })
      const rotation = aRotation(record, { authentication })
      await expect(store.replaceSecret(record.id, rotation)).rejects.toMatchObject(rejected)
    }
    await expectUnchanged(store, [record])
  },
})

/** As an app in JavaScript could pass them. */
const damagedLists: readonly (readonly UsedMethod[])[] = [
  [password, password],
  [{ method: 'pwd', at: 0.5 }],
  [{ method: 'pwd', at: Number.NaN }],
  ...[
    '',
    'unknown',
    'pwd otp',
    'pwd:1 otp',
    'pwd|otp',
    "pwd',(",
    'PWD',
    'constructor',
    '__proto__',
  ].map((text) => [{ ...password, ...JSON.parse(JSON.stringify({ method: text })) }]),
]
