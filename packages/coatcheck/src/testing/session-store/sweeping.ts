import { expect } from 'vitest'
import type { SessionRecord } from '../../domain/session.ts'
import { hour, minute } from '../../domain/time.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import { anEnding, anEndOf, aSweep, expectUnchanged, findExisting, insertAll } from '../fixtures.ts'
import { sweepAll } from '../sweep-all.ts'
import { sessionStoreCases } from './case.ts'

const at = anInstant + hour

function expired(overrides: Partial<SessionRecord> = {}): SessionRecord {
  return aSessionRecord({ expiresAt: at - 1, lastActivityAt: at - 2, ...overrides })
}

export const sweepingCases = sessionStoreCases('sweeping', {
  async 'endExpired ends nothing in an empty store'({ store }) {
    expect(await store.endExpired(aSweep({ at }))).toEqual({ ended: [], next: null })
  },

  async 'endExpired ends sessions past their absolute deadline, to the millisecond'({
    store,
    second,
  }) {
    const due = expired({ expiresAt: at })
    const live = expired({ expiresAt: at + 1 })
    await insertAll(store, [due, live])

    const ended = await sweepAll(store, aSweep({ at, idleGrace: minute }))

    expect(ended).toEqual([anEndOf(due, 'absolute-timeout')])
    const ending = { endedAt: at, endReason: 'absolute-timeout', endedBy: null }
    expect(await second.find(due.id)).toEqual({ ...due, ...ending })
    await expectUnchanged(store, [live])
  },

  async 'endExpired ends sessions past their idle deadline and grace, to the millisecond'({
    store,
  }) {
    const idleTimeout = 10 * minute
    const lastActivityAt = at - idleTimeout - minute
    const due = aSessionRecord({ idleTimeout, lastActivityAt })
    const notDue = aSessionRecord({ idleTimeout, lastActivityAt: lastActivityAt + 1 })
    await insertAll(store, [due, notDue])

    const ended = await sweepAll(store, aSweep({ at, idleGrace: minute }))

    expect(ended).toEqual([anEndOf(due, 'idle-timeout')])
    const ending = { endedAt: at, endReason: 'idle-timeout', endedBy: null }
    expect(await store.find(due.id)).toEqual({ ...due, ...ending })
    await expectUnchanged(store, [notDue])
  },

  async 'endExpired ends sessions at their idle deadline if the grace is 0'({ store }) {
    const due = aSessionRecord({ idleTimeout: hour })
    const notDue = aSessionRecord({ idleTimeout: hour + 1 })
    await insertAll(store, [due, notDue])

    const ended = await sweepAll(store, aSweep({ at, idleGrace: 0 }))

    expect(ended.map((each) => each.id)).toEqual([due.id])
  },

  async 'endExpired prefers absolute-timeout as the reason if both timeouts have passed'({
    store,
  }) {
    const record = aSessionRecord({ expiresAt: at, idleTimeout: minute })
    await insertAll(store, [record])

    const ended = await sweepAll(store, aSweep({ at, idleGrace: 0 }))

    expect(ended.map((each) => each.reason)).toEqual(['absolute-timeout'])
    expect((await findExisting(store, record.id)).endReason).toBe('absolute-timeout')
  },

  async 'endExpired does not change ended sessions'({ store }) {
    const record = expired()
    await insertAll(store, [record])
    await store.end(record.id, anEnding())
    const before = await findExisting(store, record.id)

    expect(await sweepAll(store, aSweep({ at }))).toEqual([])
    await expectUnchanged(store, [before])
  },

  async 'endExpired removes no session'({ store }) {
    const record = expired()
    await insertAll(store, [record])

    await sweepAll(store, aSweep({ at }))

    expect(await store.find(record.id)).not.toBeNull()
  },

  async 'endExpired ends at most the limit per call'({ store }) {
    await insertAll(
      store,
      Array.from({ length: 7 }, () => expired()),
    )

    const { ended, next } = await store.endExpired(aSweep({ at, limit: 3 }))

    expect(ended.length).toBeLessThanOrEqual(3)
    expect(next).not.toBeNull()
  },

  async 'sweepBatch is absent or an integer from 1 to 10,000'({ store }) {
    const { sweepBatch = 1_000 } = store
    expect(Number.isInteger(sweepBatch) && sweepBatch >= 1 && sweepBatch <= 10_000).toBe(true)
  },

  async 'endExpired visits every session through the cursor, whatever the limit'({ store }) {
    for (const limit of [1, 2, 5, 100]) {
      const due = Array.from({ length: 5 }, () => expired())
      const live = Array.from({ length: 5 }, () => aSessionRecord({ lastActivityAt: at }))
      await insertAll(store, [...live.slice(2), ...due, ...live.slice(0, 2)])

      const ended = await sweepAll(store, aSweep({ at, limit }))

      expect(ended.map((each) => each.id).toSorted()).toEqual(due.map(({ id }) => id).toSorted())
      await expectUnchanged(store, live)
    }
  },

  async 'endExpired finds an expired session among many live ones'({ store }) {
    const live = Array.from({ length: 30 }, () => aSessionRecord({ lastActivityAt: at }))
    const due = expired()
    await insertAll(store, [...live.slice(15), due, ...live.slice(0, 15)])

    const ended = await sweepAll(store, aSweep({ at, limit: 4 }))

    expect(ended.map((each) => each.id)).toEqual([due.id])
  },
})
