import { expect } from 'vitest'
import { minute } from '../../domain/time.ts'
import { anInstant, aSessionId, aSessionRecord } from '../builders.ts'
import {
  anEnding,
  anEndOf,
  expectUnchanged,
  findExisting,
  insertAll,
  liveIds,
} from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

const userId = 'ada'
const ending = anEnding({ reason: 'password-changed', by: userId })

export const userWideEndingCases = sessionStoreCases('user-wide ending', {
  async 'endByUser ends and returns every session of the user, however many'({ store, second }) {
    const records = Array.from({ length: 25 }, () => aSessionRecord({ userId }))
    await insertAll(store, records)

    const ended = await store.endByUser(userId, ending, null)

    expect(ended.map((each) => each.id).toSorted()).toEqual(
      records.map((record) => record.id).toSorted(),
    )
    for (const record of records) {
      expect(await second.find(record.id)).toEqual({
        ...record,
        endedAt: ending.at,
        endReason: 'password-changed',
        endedBy: userId,
      })
    }
  },

  async 'endByUser returns id, user, creation and reason'({ store }) {
    const record = aSessionRecord({ userId })
    await insertAll(store, [record])

    const ended = await store.endByUser(userId, ending, null)

    expect(ended).toEqual([anEndOf(record, 'password-changed')])
  },

  async 'endByUser does not change sessions of other users'({ store }) {
    const others = ['Ada', 'ada ', ' ada', 'adam', 'a%', 'a_a'].map((other) =>
      aSessionRecord({ userId: other }),
    )
    await insertAll(store, others)

    expect(await store.endByUser(userId, ending, null)).toEqual([])
    await expectUnchanged(store, others)
  },

  async 'endByUser does not change the excepted session'({ store }) {
    const excepted = aSessionRecord({ userId })
    const other = aSessionRecord({ userId })
    await insertAll(store, [excepted, other])

    const ended = await store.endByUser(userId, ending, excepted.id)

    expect(ended.map((each) => each.id)).toEqual([other.id])
    await expectUnchanged(store, [excepted])
  },

  async 'endByUser ends all sessions if the excepted one is absent or of another user'({ store }) {
    const foreign = aSessionRecord()
    await insertAll(store, [foreign])

    for (const except of [aSessionId(), foreign.id]) {
      const record = aSessionRecord({ userId })
      await insertAll(store, [record])
      const ended = await store.endByUser(userId, ending, except)
      expect(ended.map((each) => each.id)).toEqual([record.id])
    }
    await expectUnchanged(store, [foreign])
  },

  async 'endByUser does not change sessions that have already ended'({ store }) {
    const record = aSessionRecord({ userId })
    await insertAll(store, [record])
    await store.end(record.id, anEnding({ at: anInstant + 1 }))
    const before = await findExisting(store, record.id)

    expect(await store.endByUser(userId, ending, null)).toEqual([])
    await expectUnchanged(store, [before])
  },

  async 'endByUser does not check timeouts: it ends expired sessions too'({ store }) {
    const record = aSessionRecord({ userId, expiresAt: anInstant + 1 })
    await insertAll(store, [record])

    const ended = await store.endByUser(userId, ending, null)

    expect(ended.map((each) => each.id)).toEqual([record.id])
  },

  async 'endByUser ends and returns each session once in two concurrent calls'({ store, second }) {
    const records = Array.from({ length: 10 }, () => aSessionRecord({ userId }))
    await insertAll(store, records)

    const answers = await Promise.all([
      store.endByUser(userId, ending, null),
      second.endByUser(userId, ending, null),
    ])

    expect(
      answers
        .flat()
        .map((each) => each.id)
        .toSorted(),
    ).toEqual(records.map((record) => record.id).toSorted())
    expect(await liveIds(store, userId)).toEqual([])
  },

  async 'endByUser does not deadlock with concurrent activity in any order'({ store, second }) {
    const records = Array.from({ length: 20 }, () => aSessionRecord({ userId }))
    await insertAll(store, records)
    const batch = records.toReversed().map(({ id }) => ({ id, at: anInstant + minute }))

    const [ended] = await Promise.all([
      store.endByUser(userId, ending, null),
      second.touch(batch, 0),
      second.touch(batch.toReversed(), 0),
    ])

    expect(ended).toHaveLength(20)
    expect(await liveIds(store, userId, anInstant + minute)).toEqual([])
  },
})
