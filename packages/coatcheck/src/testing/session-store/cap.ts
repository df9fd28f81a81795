import { expect } from 'vitest'
import type { SessionRecord } from '../../domain/session.ts'
import { minute } from '../../domain/time.ts'
import type { SessionCap } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import {
  anEnding,
  anEndOf,
  expectUnchanged,
  insertAll,
  liveIds,
  plainInsertion,
} from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

const userId = 'ada'

function evicting(limit: number): SessionCap {
  return { limit, whenFull: 'evict-oldest' }
}

function refusing(limit: number): SessionCap {
  return { limit, whenFull: 'refuse' }
}

/** Returns sessions of one user, created at successive milliseconds up to `anInstant`. */
function aged(count: number): readonly SessionRecord[] {
  const oldest = anInstant - count + 1
  return Array.from({ length: count }, (_, index) =>
    aSessionRecord({ userId, createdAt: oldest + index }),
  )
}

function idsOf(records: readonly { readonly id: string }[]): readonly string[] {
  return records.map((record) => record.id).toSorted()
}

export const capCases = sessionStoreCases('session cap', {
  async 'ends nothing while the new session fits'({ store }) {
    const records = aged(2)
    await insertAll(store, records)

    for (const cap of [evicting(5), refusing(5)]) {
      const outcome = await store.insert(plainInsertion(aSessionRecord({ userId }), { cap }))
      expect(outcome).toEqual({ status: 'inserted', ended: [] })
    }
    const filling = plainInsertion(aSessionRecord({ userId }), { cap: refusing(5) })
    expect(await store.insert(filling)).toEqual({ status: 'inserted', ended: [] })
    await expectUnchanged(store, records)
  },

  async 'ends the oldest session by createdAt as session-cap when full'({ store }) {
    const [oldest, middle, youngest] = aged(3)
    if (!oldest || !middle || !youngest) throw new Error('Expected three records')
    await insertAll(store, [youngest, oldest, middle])
    await store.touch([{ id: oldest.id, at: anInstant + 1 }], 0)
    const before = await store.find(oldest.id)
    const record = aSessionRecord({ userId, createdAt: anInstant + 2 })

    const outcome = await store.insert(plainInsertion(record, { cap: evicting(3) }))

    const ended = [anEndOf(oldest, 'session-cap')]
    expect(outcome).toEqual({ status: 'inserted', ended })
    const ending = { endedAt: anInstant + 2, endReason: 'session-cap', endedBy: null }
    expect(await store.find(oldest.id)).toEqual({ ...before, ...ending })
    await expectUnchanged(store, [middle, youngest, record])
  },

  async 'ends as many sessions as needed after the cap was lowered'({ store }) {
    const records = aged(5)
    await insertAll(store, records)
    const record = aSessionRecord({ userId })

    const outcome = await store.insert(plainInsertion(record, { cap: evicting(2) }))

    expect(outcome.status === 'inserted' && idsOf(outcome.ended)).toEqual(
      idsOf(records.slice(0, 4)),
    )
    await expectUnchanged(store, [...records.slice(4), record])
  },

  async 'never ends the new session, even if it is the oldest'({ store }) {
    const [other] = aged(1)
    if (!other) throw new Error('Expected one record')
    await insertAll(store, [other])
    const record = aSessionRecord({ userId, createdAt: anInstant - minute })

    await store.insert(plainInsertion(record, { cap: evicting(1) }))

    expect(await liveIds(store, userId)).toEqual([record.id])
  },

  async 'refuses when full if the policy is to refuse, and changes nothing'({ store }) {
    const records = aged(3)
    await insertAll(store, records)
    const record = aSessionRecord({ userId })

    const outcome = await store.insert(plainInsertion(record, { cap: refusing(3) }))

    expect(outcome).toEqual({ status: 'refused', reason: 'session-cap' })
    expect(await store.find(record.id)).toBeNull()
    await expectUnchanged(store, records)
  },

  async 'does not end the session to replace when it refuses'({ store }) {
    const records = aged(2)
    const foreign = aSessionRecord()
    await insertAll(store, [...records, foreign])
    const overrides = { cap: refusing(2), replaces: foreign.id }

    const outcome = await store.insert(plainInsertion(aSessionRecord({ userId }), overrides))

    expect(outcome).toEqual({ status: 'refused', reason: 'session-cap' })
    await expectUnchanged(store, [...records, foreign])
  },

  async 'does not count the session to replace'({ store }) {
    const records = aged(2)
    await insertAll(store, records)
    const [oldest, youngest] = records

    for (const [cap, replaces] of [
      [refusing(2), youngest?.id ?? null],
      [evicting(2), null],
    ] as const) {
      const record = aSessionRecord({ userId, createdAt: anInstant + 1 })
      const outcome = await store.insert(plainInsertion(record, { cap, replaces }))
      expect(outcome.status === 'inserted' && outcome.ended.map((each) => each.id)).toEqual([
        cap.whenFull === 'refuse' ? youngest?.id : oldest?.id,
      ])
    }
  },

  async 'does not count ended sessions'({ store }) {
    const records = aged(2)
    await insertAll(store, records)
    for (const record of records) await store.end(record.id, anEnding())

    for (const cap of [refusing(1), evicting(2)]) {
      const outcome = await store.insert(plainInsertion(aSessionRecord({ userId }), { cap }))
      expect(outcome).toEqual({ status: 'inserted', ended: [] })
    }
  },

  async 'does not count sessions past a timeout at createdAt, to the millisecond'({ store }) {
    const createdAt = anInstant + minute
    const absolute = aSessionRecord({ userId, expiresAt: createdAt })
    const idle = aSessionRecord({ userId, idleTimeout: minute })
    const live = aSessionRecord({ userId, expiresAt: createdAt + 1, idleTimeout: minute + 1 })
    await insertAll(store, [absolute, idle])
    const first = plainInsertion(aSessionRecord({ userId, createdAt }), { cap: refusing(1) })
    expect(await store.insert(first)).toEqual({ status: 'inserted', ended: [] })

    await insertAll(store, [live])
    const third = plainInsertion(aSessionRecord({ userId, createdAt }), { cap: refusing(2) })
    expect(await store.insert(third)).toEqual({ status: 'refused', reason: 'session-cap' })
    await expectUnchanged(store, [absolute, idle, live])
  },

  async 'does not count sessions of other users'({ store }) {
    const others = [aSessionRecord({ userId: 'Ada' }), aSessionRecord({ userId: 'ada ' })]
    await insertAll(store, others)

    for (const cap of [refusing(1), evicting(2)]) {
      const outcome = await store.insert(plainInsertion(aSessionRecord({ userId }), { cap }))
      expect(outcome).toEqual({ status: 'inserted', ended: [] })
    }
    await expectUnchanged(store, others)
  },
})
