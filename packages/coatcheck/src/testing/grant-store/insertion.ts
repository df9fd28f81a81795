import { expect } from 'vitest'
import type { GrantRecord } from '../../domain/grant.ts'
import { aGrantRecord, anAccessToken, anInstant, aSecretHash } from '../builders.ts'
import { grantStoreCases } from './case.ts'
import { aGrantEnding, endedBy, expectGrants, grantInsertion, insertGrants } from './fixtures.ts'

/** A grant in which every field has a value of its own. */
function aFullRecord(): GrantRecord {
  return aGrantRecord({
    scopes: ['b', 'a', 'links:read'],
    authenticatedAt: anInstant - 86_400_001,
    lastRefreshedAt: anInstant + 7,
    accessToken: anAccessToken({ scopes: ['a', 'b'], expiresAt: anInstant + 11 }),
    previousAccessToken: anAccessToken({ scopes: [], expiresAt: anInstant + 12 }),
    rotation: {
      previousSecretHash: aSecretHash(),
      salt: aSecretHash(),
      rotatedAt: anInstant + 7,
      graceExpiresAt: anInstant + 13,
    },
  })
}

export const grantInsertionCases = grantStoreCases('insertion', {
  async 'insert stores every field, which find returns unchanged'({ store, second }) {
    const records = [aGrantRecord(), aFullRecord(), aGrantRecord({ scopes: [] })]
    await insertGrants(store, records)

    await expectGrants(store, records)
    await expectGrants(second, records)
  },

  async 'insert returns no ended grants below the limit'({ store }) {
    const outcome = await store.insert(grantInsertion(aGrantRecord()))
    expect(outcome).toEqual({ status: 'inserted', ended: [] })
  },

  async 'insert rejects an id that is in use, and changes nothing'({ store, second }) {
    const live = aGrantRecord()
    const ended = aGrantRecord()
    await insertGrants(store, [live, ended])
    await store.end(ended.id, aGrantEnding())

    for (const { id } of [live, ended]) {
      const other = aGrantRecord({ id, userId: live.userId, clientId: live.clientId })
      const inserting = second.insert(grantInsertion(other, { limit: 1 }))
      await expect(inserting).rejects.toMatchObject({ code: 'id-in-use' })
    }
    await expectGrants(store, [live, endedBy(ended, aGrantEnding())])
  },

  async 'insert adds one of many concurrent grants with one id'({ store, second }) {
    const records = Array.from({ length: 10 }, () => aGrantRecord({ id: aGrantRecord().id }))
    const [first] = records
    if (first === undefined) throw new Error('Expected a record')
    const rivals = records.map((record) => ({ ...record, id: first.id }))

    const outcomes = await Promise.allSettled(
      rivals.map((record, index) => (index % 2 ? second : store).insert(grantInsertion(record))),
    )

    const winners = rivals.filter((_, index) => outcomes[index]?.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    await expectGrants(store, winners)
  },

  async 'normalizeUserId returns the user id as the records contain it'({ store, second }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    const { userId } = record

    const stored = (await store.normalizeUserId?.(userId)) ?? userId

    expect((await second.find(record.id))?.userId).toBe(stored)
    expect((await second.normalizeUserId?.(stored)) ?? stored).toBe(stored)
  },

  async 'find returns null for an absent grant'({ store }) {
    await insertGrants(store, [aGrantRecord()])
    expect(await store.find(aGrantRecord().id)).toBeNull()
  },

  async 'find returns a grant that has expired or ended'({ store }) {
    const expired = aGrantRecord({ createdAt: 1_000, expiresAt: 2_000 })
    const ended = aGrantRecord()
    await insertGrants(store, [expired, ended])
    await store.end(ended.id, aGrantEnding())

    await expectGrants(store, [expired, endedBy(ended, aGrantEnding())])
  },

  async 'changes of a returned or inserted record do not change the store'({ store }) {
    const record = aFullRecord()
    const kept = structuredClone(record)
    await insertGrants(store, [record])
    record.familyHash.fill(0)
    record.accessToken.secretHash.fill(0)
    const found = await store.find(record.id)
    found?.refreshSecretHash.fill(0)
    found?.rotation?.salt.fill(0)
    found?.previousAccessToken?.secretHash.fill(0)

    await expectGrants(store, [kept])
  },
})
