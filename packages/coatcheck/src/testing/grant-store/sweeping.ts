import { expect } from 'vitest'
import type { GrantRecord } from '../../domain/grant.ts'
import { hour, minute } from '../../domain/time.ts'
import { aGrantRecord, anInstant } from '../builders.ts'
import { grantStoreCases } from './case.ts'
import {
  aGrantEnding,
  aGrantRotation,
  asEnded,
  endedBy,
  endedByInsertion,
  expectGrants,
  findGrant,
  grantInsertion,
  insertGrants,
} from './fixtures.ts'
import { byId, sweepGrants } from './sweep-grants.ts'

const at = anInstant + hour

function expired(overrides: Partial<GrantRecord> = {}): GrantRecord {
  return aGrantRecord({ expiresAt: at - 1, ...overrides })
}

export const grantSweepingCases = grantStoreCases('sweeping', {
  async 'endExpired ends nothing in an empty store'({ store }) {
    const outcome = await store.endExpired({ at, limit: 10, cursor: null })
    expect(outcome).toEqual({ ended: [], next: null })
  },

  async 'endExpired ends grants past their absolute deadline, to the millisecond'({
    store,
    second,
  }) {
    const due = aGrantRecord({ expiresAt: at })
    const live = aGrantRecord({ expiresAt: at + 1 })
    await insertGrants(store, [due, live])

    expect(await sweepGrants(store, { at })).toEqual([asEnded(due, 'absolute-timeout')])

    const ending = { reason: 'absolute-timeout', at, by: null }
    await expectGrants(second, [endedBy(due, ending), live])
  },

  async 'endExpired ends grants past their idle deadline, to the millisecond'({ store }) {
    const due = aGrantRecord({ idleTimeout: hour })
    const live = aGrantRecord({ idleTimeout: hour + 1 })
    const refreshed = aGrantRecord({ idleTimeout: hour })
    await insertGrants(store, [due, live, refreshed])
    const rotation = aGrantRotation(refreshed, { at: anInstant + 1 })
    await store.rotate(refreshed.id, rotation)

    expect(await sweepGrants(store, { at })).toEqual([asEnded(due, 'idle-timeout')])

    await expectGrants(store, [endedBy(due, { reason: 'idle-timeout', at, by: null }), live])
    expect((await findGrant(store, refreshed.id)).endedAt).toBeNull()
  },

  async 'endExpired prefers absolute-timeout as the reason if both timeouts have passed'({
    store,
  }) {
    const record = aGrantRecord({ expiresAt: at, idleTimeout: minute })
    await insertGrants(store, [record])

    const ended = await sweepGrants(store, { at })

    expect(ended.map(({ reason }) => reason)).toEqual(['absolute-timeout'])
    expect((await findGrant(store, record.id)).endReason).toBe('absolute-timeout')
  },

  async 'endExpired does not change ended grants'({ store }) {
    const record = expired()
    await insertGrants(store, [record])
    await store.end(record.id, aGrantEnding())

    expect(await sweepGrants(store, { at })).toEqual([])
    await expectGrants(store, [endedBy(record, aGrantEnding())])
  },

  async 'sweepBatch is absent or an integer from 1 to 10,000'({ store }) {
    const { sweepBatch = 1_000 } = store
    expect(Number.isInteger(sweepBatch) && sweepBatch >= 1 && sweepBatch <= 10_000).toBe(true)
  },

  async 'endExpired checks every grant through the cursor, whatever the limit'({ store }) {
    for (const limit of [1, 2, 5, 100]) {
      const due = Array.from({ length: 5 }, () => expired())
      const live = Array.from({ length: 5 }, () => aGrantRecord())
      await insertGrants(store, [...live.slice(2), ...due, ...live.slice(0, 2)])

      const ended = await sweepGrants(store, { at, limit })

      expect(byId(ended)).toEqual(byId(due.map((each) => asEnded(each, 'absolute-timeout'))))
      await expectGrants(store, live)
    }
  },

  async 'endExpired ends and returns each grant once in concurrent sweeps'({ store, second }) {
    const due = Array.from({ length: 20 }, () => expired())
    await insertGrants(store, due)

    const answers = await Promise.all(
      [store, second, store, second].map((view) => sweepGrants(view, { at, limit: 7 })),
    )

    expect(byId(answers.flat())).toEqual(byId(due.map((each) => asEnded(each, 'absolute-timeout'))))
  },

  async 'endExpired ends no grant that a concurrent refresh keeps alive'({ store, second }) {
    for (let round = 0; round < 10; round += 1) {
      const record = aGrantRecord({ idleTimeout: hour })
      await insertGrants(store, [record])
      const rotation = aGrantRotation(record, { at: at - 1 })

      const [isRotated, ended] = await Promise.all([
        second.rotate(record.id, rotation),
        sweepGrants(store, { at }),
      ])

      const { endedAt } = await findGrant(store, record.id)
      expect([ended.length, endedAt === null]).toEqual(isRotated ? [0, true] : [1, false])
    }
  },

  async 'purge removes up to the limit of grants that ended before the instant'({ store, second }) {
    const records = Array.from({ length: 5 }, () => aGrantRecord())
    const live = [aGrantRecord(), aGrantRecord({ createdAt: 1_000, expiresAt: 2_000 })]
    await insertGrants(store, [...records, ...live])
    for (const [index, { id }] of records.entries()) {
      await store.end(id, aGrantEnding({ at: anInstant + index }))
    }

    const counts = [
      await store.purge(anInstant, 10),
      await store.purge(anInstant + 1, 10),
      await store.purge(anInstant + 5, 3),
      await store.purge(anInstant + 5, 3),
      await store.purge(anInstant + 5, 3),
    ]

    expect(counts).toEqual([0, 1, 3, 1, 0])
    for (const { id } of records) expect(await second.find(id)).toBeNull()
    await expectGrants(store, live)
  },

  async 'purge counts each grant once in concurrent calls, and frees their ids'({ store, second }) {
    const records = Array.from({ length: 20 }, () => aGrantRecord())
    await insertGrants(store, records)
    for (const { id } of records) await store.end(id, aGrantEnding({ at: anInstant }))

    const views = [store, second, store, second]
    const counts = await Promise.all(views.map((view) => view.purge(anInstant + 1, 20)))
    const rest = await store.purge(anInstant + 1, 20)

    expect(counts.reduce((sum, count) => sum + count, rest)).toBe(20)
    await insertGrants(store, records)
    await expectGrants(store, records)
  },

  async 'insert keeps the 100 grants of a user that ended last, whatever their client'({
    store,
    second,
  }) {
    const userId = 'ada'
    const clients = ['cli', 'web', 'sync']
    const records = Array.from({ length: 125 }, (_, index) =>
      aGrantRecord({ userId, clientId: clients[index % 3] ?? 'cli' }),
    )
    const foreign = aGrantRecord()
    const live = aGrantRecord({ userId, clientId: 'cli', createdAt: anInstant - minute })
    await insertGrants(store, [...records, foreign, live])
    await store.end(foreign.id, aGrantEnding({ at: anInstant - minute }))
    for (const [index, { id }] of records.entries()) {
      await store.end(id, aGrantEnding({ at: anInstant + index }))
    }

    // Ends one more grant, which is the last of all.
    const added = aGrantRecord({ userId, clientId: 'cli', createdAt: anInstant + minute })
    const outcome = await second.insert(grantInsertion(added, { limit: 1 }))

    expect(endedByInsertion(outcome)).toEqual([asEnded(live, 'grant-cap')])
    const found = await Promise.all(records.map(({ id }) => store.find(id)))
    const keptFrom = found.findIndex((record) => record !== null)
    expect([keptFrom, found.slice(26).includes(null)]).toEqual([26, false])
    expect((await findGrant(store, live.id)).endReason).toBe('grant-cap')
    await expectGrants(store, [added])
    expect(await store.find(foreign.id)).not.toBeNull()
  },
})
