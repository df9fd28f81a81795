import { expect } from 'vitest'
import { day, hour, minute, second as oneSecond } from '../../domain/time.ts'
import { systemClock } from '../../ports/system.ts'
import { aGrantRecord } from '../builders.ts'
import { grantStoreCases } from './case.ts'
import { aGrantEnding, expectGrants, findGrant, grantInsertion, insertGrants } from './fixtures.ts'
import { sweepGrants } from './sweep-grants.ts'

const userId = 'ada'
const refused = { status: 'refused', reason: 'authorization-outdated' }
const inserted = { status: 'inserted', ended: [] }

/** By how much a clock may be ahead. */
const errors = [2 * minute, 5 * hour, 3_650 * day]

export const grantWrongClockCases = grantStoreCases('wrong clocks', {
  async 'endByUser by a clock that is ahead refuses only authorizations from before'({
    store,
    second,
  }) {
    for (const error of errors) {
      const before = systemClock.now() - oneSecond
      await store.endByUser(userId, aGrantEnding({ at: systemClock.now() + error }))

      const record = aGrantRecord({ userId })
      expect(await second.insert(grantInsertion(record, { authorizedAt: before }))).toEqual(refused)
      const after = systemClock.now() + oneSecond
      expect(await second.insert(grantInsertion(record, { authorizedAt: after }))).toEqual(inserted)
    }
  },

  async 'endByUser still ends the grants at the given instant'({ store }) {
    const record = aGrantRecord({ userId })
    await insertGrants(store, [record])
    const at = systemClock.now() + day

    await store.endByUser(userId, aGrantEnding({ at }))

    expect((await findGrant(store, record.id)).endedAt).toBe(at)
  },

  async 'insert by a clock that is ahead refuses authorizations from before all grants ended'({
    store,
    second,
  }) {
    for (const error of errors) {
      const ahead = systemClock.now() + error
      for (const at of [ahead, systemClock.now()]) {
        await store.endByUser(userId, aGrantEnding({ at }))

        const record = aGrantRecord({ userId, createdAt: ahead + oneSecond })
        const insertion = grantInsertion(record, { authorizedAt: ahead - 9 * oneSecond })
        expect(await second.insert(insertion)).toEqual(refused)
      }
    }
  },

  async 'endExpired by a clock that is ahead ends no grant that is live'({ store, second }) {
    const createdAt = systemClock.now()
    const live = [
      aGrantRecord({ createdAt }),
      aGrantRecord({ createdAt, expiresAt: createdAt + hour, idleTimeout: hour }),
    ]
    await insertGrants(store, live)

    for (const error of errors) {
      expect(await sweepGrants(second, { at: createdAt + error })).toEqual([])
    }
    await expectGrants(store, live)
  },

  async 'endExpired by a clock that is ahead ends expired grants at the current time'({ store }) {
    const record = aGrantRecord({ createdAt: 1_000, expiresAt: 2_000 })
    await insertGrants(store, [record])

    const ended = await sweepGrants(store, { at: systemClock.now() + day })

    expect(ended.map(({ id }) => id)).toEqual([record.id])
    const { endedAt } = await findGrant(store, record.id)
    expect(endedAt).toBeLessThan(systemClock.now() + hour)
  },
})
