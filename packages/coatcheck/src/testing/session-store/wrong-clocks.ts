import { expect } from 'vitest'
import { day, hour, minute, second } from '../../domain/time.ts'
import { systemClock } from '../../ports/system.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import {
  anEnding,
  aSweep,
  expectUnchanged,
  findExisting,
  insertAll,
  plainInsertion,
} from '../fixtures.ts'
import { sweepAll } from '../sweep-all.ts'
import { sessionStoreCases } from './case.ts'

const userId = 'ada'
const refused = { status: 'refused', reason: 'credentials-outdated' }
const inserted = { status: 'inserted', ended: [] }

/** By how much a clock may be ahead. */
const errors = [2 * minute, 5 * hour, 3_650 * day]

export const wrongClockCases = sessionStoreCases('wrong clocks', {
  async 'currentTime is an instant of one clock for all processes'({ store, second }) {
    const first = (await store.currentTime?.()) ?? 0
    const next = (await second.currentTime?.()) ?? 0
    expect([first, next].every(Number.isSafeInteger)).toBe(true)
    expect(next).toBeGreaterThanOrEqual(first)
  },

  async 'endByUser by a clock that is ahead refuses no credentials that are checked afterwards'({
    store,
    second: other,
  }) {
    for (const error of errors) {
      await store.endByUser(userId, anEnding({ at: systemClock.now() + error }), null)

      const credentialsCheckedAt = systemClock.now() + second
      const insertion = plainInsertion(aSessionRecord({ userId }), { credentialsCheckedAt })
      expect(await other.insert(insertion)).toEqual(inserted)
    }
  },

  async 'endByUser by a clock that is ahead refuses credentials that were checked before'({
    store,
    second: other,
  }) {
    for (const error of errors) {
      const before = systemClock.now() - second
      await store.endByUser(userId, anEnding({ at: systemClock.now() + error }), null)

      const insertion = plainInsertion(aSessionRecord({ userId }), { credentialsCheckedAt: before })
      expect(await other.insert(insertion)).toEqual(refused)
    }
  },

  async 'endByUser replaces the time of an earlier call by a clock that was ahead'({ store }) {
    await store.endByUser(userId, anEnding({ at: systemClock.now() + day }), null)
    await store.endByUser(userId, anEnding({ at: anInstant }), null)

    const credentialsCheckedAt = systemClock.now() + second
    const insertion = plainInsertion(aSessionRecord({ userId }), { credentialsCheckedAt })
    expect(await store.insert(insertion)).toEqual(inserted)
  },

  async 'endByUser still ends the sessions at the given instant'({ store }) {
    const record = aSessionRecord({ userId })
    await insertAll(store, [record])
    const at = systemClock.now() + day

    await store.endByUser(userId, anEnding({ at }), null)

    expect((await findExisting(store, record.id)).endedAt).toBe(at)
  },

  async 'insert by a clock that is ahead refuses credentials checked before all sessions ended'({
    store,
    second: other,
  }) {
    for (const error of errors) {
      const ahead = systemClock.now() + error
      for (const at of [ahead, systemClock.now()]) {
        await store.endByUser(userId, anEnding({ at }), null)

        const record = aSessionRecord({ userId, createdAt: ahead + second })
        const insertion = plainInsertion(record, { credentialsCheckedAt: ahead - 9 * second })
        expect(await other.insert(insertion)).toEqual(refused)
      }
    }
  },

  async 'endExpired by a clock that is ahead ends no session that is live'({
    store,
    second: other,
  }) {
    const createdAt = systemClock.now()
    const live = [
      aSessionRecord({ createdAt }),
      aSessionRecord({ createdAt, expiresAt: createdAt + hour, idleTimeout: 30 * day }),
    ]
    await insertAll(store, live)

    for (const error of errors) {
      expect(await sweepAll(other, aSweep({ at: createdAt + error }))).toEqual([])
    }
    await expectUnchanged(store, live)
  },

  async 'endExpired by a clock that is ahead ends expired sessions at the current time'({ store }) {
    const record = aSessionRecord()
    await insertAll(store, [record])

    const ended = await sweepAll(store, aSweep({ at: systemClock.now() + day }))

    expect(ended.map(({ id }) => id)).toEqual([record.id])
    const { endedAt } = await findExisting(store, record.id)
    expect(endedAt).toBeLessThan(systemClock.now() + hour)
  },
})
