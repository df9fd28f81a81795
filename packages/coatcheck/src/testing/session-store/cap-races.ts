import { expect } from 'vitest'
import type { SessionRecord } from '../../domain/session.ts'
import type { InsertOutcome, SessionCap } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import { insertAll, liveIds, plainInsertion } from '../fixtures.ts'
import { type StoreViews, sessionStoreCases } from './case.ts'

const userId = 'ada'
const signIns = 50
const limit = 3

interface SignInRace {
  readonly records: readonly SessionRecord[]
  readonly outcomes: readonly InsertOutcome[]
}

/** Runs 50 concurrent sign-ins of one user, half of them through each view. */
async function race({ store, second }: StoreViews, cap: SessionCap): Promise<SignInRace> {
  const records = Array.from({ length: signIns }, (_, index) =>
    aSessionRecord({ userId, createdAt: anInstant + (index % 7) }),
  )
  const outcomes = await Promise.all(
    records.map((record, index) =>
      (index % 2 ? second : store).insert(plainInsertion(record, { cap })),
    ),
  )
  return { records, outcomes }
}

export const capRaceCases = sessionStoreCases('session cap under concurrent sign-ins', {
  async 'leaves exactly the cap live after 50 concurrent sign-ins, and ends each other one once'(
    views,
  ) {
    const { records, outcomes } = await race(views, { limit, whenFull: 'evict-oldest' })

    const live = await liveIds(views.store, userId, anInstant + 10)
    expect(live).toHaveLength(limit)
    const ended = outcomes.flatMap((each) => (each.status === 'inserted' ? each.ended : []))
    expect(ended.every((each) => each.reason === 'session-cap')).toBe(true)
    const endedIds = records.map((record) => record.id).filter((id) => !live.includes(id))
    expect(ended.map((each) => each.id).toSorted()).toEqual(endedIds.toSorted())
    const found = await Promise.all(endedIds.map((id) => views.store.find(id)))
    expect(found.every((record) => record?.endReason === 'session-cap')).toBe(true)
  },

  async 'inserts exactly the cap of 50 concurrent sign-ins if the policy is to refuse'(views) {
    const { records, outcomes } = await race(views, { limit, whenFull: 'refuse' })

    const inserted = records.filter((_, index) => outcomes[index]?.status === 'inserted')
    expect(inserted).toHaveLength(limit)
    expect(outcomes.filter((each) => each.status === 'refused')).toEqual(
      Array.from({ length: signIns - limit }, () => ({ status: 'refused', reason: 'session-cap' })),
    )
    const found = await Promise.all(records.map((record) => views.store.find(record.id)))
    expect(found.filter((record) => record !== null)).toEqual(inserted)
  },

  async 'enforces the cap for each of several users who sign in concurrently'({ store, second }) {
    const users = ['ada', 'grace', 'alan']
    const records = users.flatMap((user) =>
      Array.from({ length: 8 }, () => aSessionRecord({ userId: user })),
    )
    const cap = { limit: 2, whenFull: 'evict-oldest' } as const

    await Promise.all(
      records.map((record, index) =>
        (index % 2 ? second : store).insert(plainInsertion(record, { cap })),
      ),
    )

    for (const user of users) expect(await liveIds(store, user)).toHaveLength(2)
  },

  async "enforces the cap while two users replace each other's sessions concurrently"({
    store,
    second,
  }) {
    const cap = { limit: 2, whenFull: 'evict-oldest' } as const
    const adaRecords = Array.from({ length: 10 }, () => aSessionRecord({ userId: 'ada' }))
    const graceRecords = Array.from({ length: 10 }, () => aSessionRecord({ userId: 'grace' }))
    await insertAll(store, [...adaRecords, ...graceRecords])

    await Promise.all(
      adaRecords.flatMap((record, index) => {
        const fromGrace = { cap, replaces: record.id }
        const fromAda = { cap, replaces: graceRecords[index]?.id ?? null }
        return [
          store.insert(plainInsertion(aSessionRecord({ userId: 'grace' }), fromGrace)),
          second.insert(plainInsertion(aSessionRecord({ userId: 'ada' }), fromAda)),
        ]
      }),
    )

    for (const user of ['ada', 'grace']) {
      expect((await liveIds(store, user)).length).toBeLessThanOrEqual(2)
    }
  },
})
