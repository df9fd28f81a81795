import { expect } from 'vitest'
import { anInstant, aSessionId, aSessionRecord } from '../builders.ts'
import {
  anEnding,
  anEndOf,
  expectUnchanged,
  findExisting,
  insertAll,
  plainInsertion,
} from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

const idInUse = { name: 'SessionError', code: 'id-in-use' }

export const insertionCases = sessionStoreCases('insertion', {
  async 'insert adds a session and ends no other'({ store }) {
    const first = aSessionRecord()
    const next = aSessionRecord({ userId: first.userId })
    await insertAll(store, [first])

    expect(await store.insert(plainInsertion(next))).toEqual({ status: 'inserted', ended: [] })
    await expectUnchanged(store, [first, next])
  },

  async 'insert ends the replaced session as signed-in-again in the same step'({ store }) {
    const old = aSessionRecord()
    const record = aSessionRecord({ userId: old.userId, createdAt: anInstant + 5 })
    await insertAll(store, [old])

    const outcome = await store.insert(plainInsertion(record, { replaces: old.id }))

    const ended = anEndOf(old, 'signed-in-again')
    expect(outcome).toEqual({ status: 'inserted', ended: [ended] })
    expect(await store.find(old.id)).toEqual({
      ...old,
      endedAt: record.createdAt,
      endReason: 'signed-in-again',
      endedBy: null,
    })
  },

  async 'insert ends the replaced session even if it belongs to another user'({ store }) {
    const old = aSessionRecord()
    const record = aSessionRecord()
    await insertAll(store, [old])

    const outcome = await store.insert(plainInsertion(record, { replaces: old.id }))

    const ended = anEndOf(old, 'signed-in-again')
    expect(outcome).toEqual({ status: 'inserted', ended: [ended] })
    expect((await findExisting(store, old.id)).endReason).toBe('signed-in-again')
  },

  async 'insert ignores an absent session to replace'({ store }) {
    const record = aSessionRecord()

    const outcome = await store.insert(plainInsertion(record, { replaces: aSessionId() }))

    expect(outcome).toEqual({ status: 'inserted', ended: [] })
    await expectUnchanged(store, [record])
  },

  async 'insert ignores an ended session to replace'({ store }) {
    const old = aSessionRecord()
    await insertAll(store, [old])
    await store.end(old.id, anEnding())
    const before = await findExisting(store, old.id)

    const outcome = await store.insert(plainInsertion(aSessionRecord(), { replaces: old.id }))

    expect(outcome).toEqual({ status: 'inserted', ended: [] })
    await expectUnchanged(store, [before])
  },

  async 'insert ends a session once if two concurrent insertions replace it'({ store, second }) {
    const old = aSessionRecord()
    const { userId } = old
    await insertAll(store, [old])

    const outcomes = await Promise.all([
      store.insert(plainInsertion(aSessionRecord({ userId }), { replaces: old.id })),
      second.insert(plainInsertion(aSessionRecord({ userId }), { replaces: old.id })),
    ])

    const ended = outcomes.flatMap((each) => (each.status === 'inserted' ? each.ended : []))
    expect(ended.map((session) => session.id)).toEqual([old.id])
    expect(await store.listByUser(userId, anInstant)).toHaveLength(2)
  },

  async 'insert rejects an id in use with id-in-use and changes nothing'({ store }) {
    const existing = aSessionRecord()
    const replaced = aSessionRecord({ userId: existing.userId, createdAt: anInstant - 5 })
    await insertAll(store, [existing, replaced])
    const again = aSessionRecord({
      id: existing.id,
      userId: existing.userId,
      createdAt: anInstant + 5,
    })
    const insertion = plainInsertion(again, {
      replaces: replaced.id,
      cap: { limit: 1, whenFull: 'evict-oldest' },
    })

    await expect(store.insert(insertion)).rejects.toMatchObject(idInUse)
    await expectUnchanged(store, [existing, replaced])
  },

  async 'insert rejects the id of an ended session'({ store }) {
    const existing = aSessionRecord()
    await insertAll(store, [existing])
    await store.end(existing.id, anEnding())
    const before = await findExisting(store, existing.id)
    const again = plainInsertion(aSessionRecord({ id: existing.id }))

    await expect(store.insert(again)).rejects.toMatchObject(idInUse)
    await expectUnchanged(store, [before])
  },

  async 'insert succeeds for exactly one of many concurrent insertions of an id'({
    store,
    second,
  }) {
    const id = aSessionId()
    const records = Array.from({ length: 10 }, () => aSessionRecord({ id }))

    const outcomes = await Promise.allSettled(
      records.map((record, index) => (index % 2 ? second : store).insert(plainInsertion(record))),
    )

    const winners = records.filter((_, index) => outcomes[index]?.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    await expectUnchanged(store, winners)
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected')
    for (const loser of losers) expect(loser.reason).toMatchObject(idInUse)
  },
})
