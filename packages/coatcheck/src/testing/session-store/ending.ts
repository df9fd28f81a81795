import { expect } from 'vitest'
import type { EndReason } from '../../domain/session.ts'
import { minute } from '../../domain/time.ts'
import { anInstant, aSessionId, aSessionRecord } from '../builders.ts'
import { anEnding, anEndOf, expectUnchanged, findExisting, insertAll } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

const reasons: readonly EndReason[] = [
  'absolute-timeout',
  'idle-timeout',
  'signed-out',
  'signed-in-again',
  'ended-by-user',
  'ended-by-operator',
  'password-changed',
  'secret-reused',
  'session-cap',
  'banned-by-the-app-2',
  'x'.repeat(64),
]

export const endingCases = sessionStoreCases('ending', {
  async 'end records the instant, the reason and the actor, and changes nothing else'({
    store,
    second,
  }) {
    const record = aSessionRecord({ data: '{"kept":true}' })
    await insertAll(store, [record])
    const ending = anEnding({ reason: 'ended-by-operator', by: 'grace' })

    const ended = await store.end(record.id, ending)

    expect(ended).toEqual(anEndOf(record, ending.reason))
    expect(await second.find(record.id)).toEqual({
      ...record,
      endedAt: ending.at,
      endReason: 'ended-by-operator',
      endedBy: 'grace',
    })
  },

  async 'end and endByUser accept every reason, also those of applications'({ store }) {
    for (const reason of reasons) {
      const record = aSessionRecord()
      await insertAll(store, [record])

      expect((await store.end(record.id, anEnding({ reason })))?.reason).toBe(reason)
      expect((await findExisting(store, record.id)).endReason).toBe(reason)

      const other = aSessionRecord()
      await insertAll(store, [other])
      await store.endByUser(other.userId, anEnding({ reason }), null)
      expect((await findExisting(store, other.id)).endReason).toBe(reason)
    }
  },

  async 'end ends no other session'({ store }) {
    const record = aSessionRecord()
    const other = aSessionRecord({ userId: record.userId })
    await insertAll(store, [record, other])

    await store.end(record.id, anEnding())

    await expectUnchanged(store, [other])
  },

  async 'end returns null for an absent session'({ store }) {
    const id = aSessionId()

    expect(await store.end(id, anEnding())).toBeNull()
    expect(await store.find(id)).toBeNull()
  },

  async 'end returns null for an ended session and keeps its first ending'({ store, second }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    await store.end(record.id, anEnding())
    const before = await findExisting(store, record.id)

    for (const at of [anInstant, anInstant + minute, anInstant + 2 * minute]) {
      const again = anEnding({ at, reason: 'password-changed', by: 'grace' })
      expect(await second.end(record.id, again)).toBeNull()
    }
    await expectUnchanged(store, [before])
  },

  async 'end does not check timeouts: it ends an expired session'({ store }) {
    const record = aSessionRecord({ expiresAt: anInstant + 1 })
    await insertAll(store, [record])

    expect(await store.end(record.id, anEnding())).not.toBeNull()
    expect((await findExisting(store, record.id)).endReason).toBe('signed-out')
  },

  async 'end succeeds for exactly one of many concurrent calls, whose ending is stored'({
    store,
    second,
  }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    const endings = Array.from({ length: 10 }, (_, index) =>
      anEnding({ at: anInstant + index, by: `user-${index}` }),
    )

    const answers = await Promise.all(
      endings.map((ending, index) => (index % 2 ? second : store).end(record.id, ending)),
    )

    const winners = endings.filter((_, index) => answers[index] !== null)
    expect(winners).toHaveLength(1)
    const { endedAt, endedBy } = await findExisting(store, record.id)
    expect({ endedAt, endedBy }).toEqual({ endedAt: winners[0]?.at, endedBy: winners[0]?.by })
  },
})
