import { expect } from 'vitest'
import { hour, minute } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import {
  anEnding,
  aSweep,
  expectUnchanged,
  findExisting,
  insertAll,
  liveIds,
  plainInsertion,
} from '../fixtures.ts'
import { sweepAll } from '../sweep-all.ts'
import { sessionStoreCases } from './case.ts'

const at = anInstant + hour

export const sweepRaceCases = sessionStoreCases('concurrent sweeping', {
  async 'endExpired keeps a session that was touched before the sweep'({ store, second }) {
    const record = aSessionRecord({ idleTimeout: 40 * minute })
    await insertAll(store, [record])
    await second.touch([{ id: record.id, at: anInstant + 30 * minute }], 0)

    expect(await sweepAll(store, aSweep({ at }))).toEqual([])
    expect(await liveIds(store, record.userId, at)).toEqual([record.id])
  },

  async 'endExpired ends a session or sees a concurrent touch, never both'({ store, second }) {
    for (let round = 0; round < 20; round += 1) {
      const record = aSessionRecord({ idleTimeout: 40 * minute })
      await insertAll(store, [record])
      const touched = anInstant + 30 * minute

      const touch = () => second.touch([{ id: record.id, at: touched }], 0)

      const touching = round % 2 ? touch() : null
      const sweeping = sweepAll(store, aSweep({ at }))
      const [ended] = await Promise.all([sweeping, touching ?? touch()])

      const after = await findExisting(store, record.id)
      const alive = after.endedAt === null
      expect(ended.map((each) => each.id)).toEqual(alive ? [] : [record.id])
      expect(after.lastActivityAt).toBe(alive ? touched : record.lastActivityAt)
    }
  },

  async 'endExpired ends and returns each session once in concurrent sweeps'({ store, second }) {
    const due = Array.from({ length: 40 }, () => aSessionRecord({ expiresAt: at }))
    const live = Array.from({ length: 10 }, () => aSessionRecord({ lastActivityAt: at }))
    await insertAll(store, [...due, ...live])

    const sweeps = await Promise.all(
      [store, second, store, second].map((view) => sweepAll(view, aSweep({ at, limit: 7 }))),
    )

    const ended = sweeps.flat().map((each) => each.id)
    expect(ended.toSorted()).toEqual(due.map(({ id }) => id).toSorted())
    await expectUnchanged(store, live)
  },

  async 'endExpired and end never both end a session'({ store, second }) {
    const records = Array.from({ length: 20 }, () => aSessionRecord({ expiresAt: at }))
    await insertAll(store, records)

    const [swept, ...answers] = await Promise.all([
      sweepAll(store, aSweep({ at, limit: 3 })),
      ...records.map(({ id }) => second.end(id, anEnding())),
    ])

    const signedOut = answers.filter((answer) => answer !== null)
    expect([...swept, ...signedOut].map(({ id }) => id).toSorted()).toEqual(
      records.map(({ id }) => id).toSorted(),
    )
    for (const { id, reason } of [...swept, ...signedOut]) {
      expect((await findExisting(store, id)).endReason).toBe(reason)
    }
  },

  async 'endExpired misses no session while others are inserted and purged'({ store, second }) {
    const due = Array.from({ length: 12 }, () => aSessionRecord({ expiresAt: at }))
    const purgeable = Array.from({ length: 12 }, () =>
      aSessionRecord({ createdAt: anInstant - hour }),
    )
    await insertAll(store, [...due, ...purgeable])
    for (const { id } of purgeable) await store.end(id, anEnding({ at: anInstant }))
    const busy: SessionStore = {
      ...store,
      async endExpired(sweep) {
        await second.purge(anInstant + 1, 3)
        await second.insert(plainInsertion(aSessionRecord({ createdAt: at })))
        return store.endExpired(sweep)
      },
    }

    const ended = await sweepAll(busy, aSweep({ at, limit: 2 }))

    expect(ended.map(({ id }) => id).toSorted()).toEqual(due.map(({ id }) => id).toSorted())
  },
})
