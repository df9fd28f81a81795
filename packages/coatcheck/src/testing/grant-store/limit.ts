import { expect } from 'vitest'
import type { GrantRecord } from '../../domain/grant.ts'
import { day, minute } from '../../domain/time.ts'
import { aGrantRecord, anInstant } from '../builders.ts'
import { grantStoreCases } from './case.ts'
import {
  aGrantEnding,
  asEnded,
  endedBy,
  endedByInsertion,
  expectGrants,
  findGrant,
  grantInsertion,
  insertGrants,
  liveGrants,
} from './fixtures.ts'
import { byId } from './sweep-grants.ts'

const own = { userId: 'ada', clientId: 'cli' }

/** Grants of one user to one client, the oldest first. */
function aged(count: number): readonly GrantRecord[] {
  return Array.from({ length: count }, (_, index) =>
    aGrantRecord({ ...own, createdAt: anInstant - (count - index) * minute }),
  )
}

export const grantLimitCases = grantStoreCases('limit', {
  async 'insert ends the oldest grants of the user to the client beyond the limit'({
    store,
    second,
  }) {
    const records = aged(4)
    await insertGrants(store, [...records.slice(2), ...records.slice(0, 2)])
    const record = aGrantRecord(own)

    const outcome = await second.insert(grantInsertion(record, { limit: 3 }))

    const oldest = records.slice(0, 2)
    expect(byId(endedByInsertion(outcome))).toEqual(
      byId(oldest.map((each) => asEnded(each, 'grant-cap'))),
    )
    const ending = { reason: 'grant-cap', at: record.createdAt, by: null }
    await expectGrants(
      store,
      oldest.map((each) => endedBy(each, ending)),
    )
    await expectGrants(store, [...records.slice(2), record])
  },

  async 'insert never ends the new grant, even if it is the oldest'({ store }) {
    const [other] = aged(1)
    if (other === undefined) throw new Error('Expected a record')
    await insertGrants(store, [other])
    const record = aGrantRecord({ ...own, createdAt: anInstant - day })

    await store.insert(grantInsertion(record, { limit: 1 }))

    expect(await liveGrants(store, own.userId)).toEqual([record.id])
  },

  async 'insert counts neither other users nor other clients of the user'({ store }) {
    const others = ['Ada', 'ada ', 'grace'].map((userId) => aGrantRecord({ ...own, userId }))
    const clients = ['CLI', 'cli ', 'web'].map((clientId) => aGrantRecord({ ...own, clientId }))
    await insertGrants(store, [...others, ...clients])

    const outcome = await store.insert(grantInsertion(aGrantRecord(own), { limit: 1 }))

    expect(outcome).toEqual({ status: 'inserted', ended: [] })
    await expectGrants(store, [...others, ...clients])
  },

  async 'insert does not count grants that have ended'({ store }) {
    const records = aged(3)
    await insertGrants(store, records)
    for (const { id } of records) await store.end(id, aGrantEnding())

    const outcome = await store.insert(grantInsertion(aGrantRecord(own), { limit: 1 }))

    expect(outcome).toEqual({ status: 'inserted', ended: [] })
  },

  async 'insert does not count grants past a timeout at createdAt, to the millisecond'({ store }) {
    const createdAt = anInstant + minute
    const absolute = aGrantRecord({ ...own, expiresAt: createdAt })
    const idle = aGrantRecord({ ...own, idleTimeout: minute })
    await insertGrants(store, [absolute, idle])
    const first = aGrantRecord({ ...own, createdAt, expiresAt: createdAt + 2 })

    const outcome = await store.insert(grantInsertion(first, { limit: 1 }))
    expect(outcome).toEqual({ status: 'inserted', ended: [] })
    await expectGrants(store, [absolute, idle])

    const next = aGrantRecord({ ...own, createdAt: createdAt + 1 })
    const capped = await store.insert(grantInsertion(next, { limit: 1 }))
    expect(endedByInsertion(capped)).toEqual([asEnded(first, 'grant-cap')])
  },

  async 'insert ends a refreshed grant by its creation, not by its last refresh'({ store }) {
    const [older, newer] = aged(2)
    if (older === undefined || newer === undefined) throw new Error('Expected two records')
    const refreshed = { ...older, lastRefreshedAt: anInstant }
    await insertGrants(store, [refreshed, newer])

    const outcome = await store.insert(grantInsertion(aGrantRecord(own), { limit: 2 }))

    expect(endedByInsertion(outcome)).toEqual([asEnded(older, 'grant-cap')])
  },

  async 'insert leaves exactly the limit live after 50 concurrent insertions'({ store, second }) {
    const records = Array.from({ length: 50 }, (_, index) =>
      aGrantRecord({ ...own, createdAt: anInstant + (index % 7) }),
    )
    const outcomes = await Promise.all(
      records.map((record, index) =>
        (index % 2 ? second : store).insert(grantInsertion(record, { limit: 3 })),
      ),
    )

    const live = await liveGrants(store, own.userId, anInstant + 10)
    expect(live).toHaveLength(3)
    const ended = outcomes.flatMap(endedByInsertion)
    const others = records.filter(({ id }) => !live.includes(id))
    expect(byId(ended)).toEqual(byId(others.map((each) => asEnded(each, 'grant-cap'))))
    for (const { id } of others) {
      expect((await findGrant(store, id)).endReason).toBe('grant-cap')
    }
  },
})
