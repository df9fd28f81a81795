import { expect } from 'vitest'
import type { GrantRecord } from '../../domain/grant.ts'
import { minute } from '../../domain/time.ts'
import { aGrantRecord, anInstant } from '../builders.ts'
import { grantStoreCases } from './case.ts'
import {
  aGrantEnding,
  aGrantRotation,
  asEnded,
  endedBy,
  expectGrants,
  findGrant,
  insertGrants,
  liveGrants,
} from './fixtures.ts'
import { byId } from './sweep-grants.ts'

const reasons = [
  'absolute-timeout',
  'idle-timeout',
  'ended-by-user',
  'ended-by-operator',
  'ended-by-client',
  'password-changed',
  'refresh-token-reused',
  'grant-cap',
  'banned-by-the-app-2',
  'x'.repeat(64),
]

export const grantEndingCases = grantStoreCases('ending', {
  async 'end records the instant, the reason and the actor, and changes nothing else'({
    store,
    second,
  }) {
    const record = aGrantRecord()
    const other = aGrantRecord({ userId: record.userId, clientId: record.clientId })
    await insertGrants(store, [record, other])
    const ending = aGrantEnding({ reason: 'ended-by-operator', by: 'grace' })

    expect(await store.end(record.id, ending)).toEqual(asEnded(record, 'ended-by-operator'))

    await expectGrants(second, [endedBy(record, ending), other])
  },

  async 'end, endByUser and endByClient accept every reason, also those of applications'({
    store,
  }) {
    for (const reason of reasons) {
      const records = [aGrantRecord(), aGrantRecord(), aGrantRecord()] as const
      await insertGrants(store, records)
      const ending = aGrantEnding({ reason })
      await store.end(records[0].id, ending)
      await store.endByUser(records[1].userId, ending)
      await store.endByClient(records[2].clientId, ending, 10)
      await expectGrants(
        store,
        records.map((record) => endedBy(record, ending)),
      )
    }
  },

  async 'end returns null for an absent grant'({ store }) {
    const { id } = aGrantRecord()

    expect(await store.end(id, aGrantEnding())).toBeNull()
    expect(await store.find(id)).toBeNull()
  },

  async 'end returns null for an ended grant and keeps its first ending'({ store, second }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    await store.end(record.id, aGrantEnding())

    for (const at of [anInstant, anInstant + minute, anInstant + 2 * minute]) {
      const again = aGrantEnding({ at, reason: 'ended-by-user', by: 'grace' })
      expect(await second.end(record.id, again)).toBeNull()
    }
    await expectGrants(store, [endedBy(record, aGrantEnding())])
  },

  async 'end does not check timeouts: it ends an expired grant'({ store }) {
    const record = aGrantRecord({ expiresAt: anInstant + 1 })
    await insertGrants(store, [record])

    expect(await store.end(record.id, aGrantEnding())).not.toBeNull()
    expect((await findGrant(store, record.id)).endReason).toBe('password-changed')
  },

  async 'end succeeds for exactly one of many concurrent calls, whose ending is stored'({
    store,
    second,
  }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    const endings = Array.from({ length: 10 }, (_, index) =>
      aGrantEnding({ at: anInstant + index, by: `user-${index}` }),
    )

    const answers = await Promise.all(
      endings.map((ending, index) => (index % 2 ? second : store).end(record.id, ending)),
    )

    const [winner, ...others] = endings.filter((_, index) => answers[index] !== null)
    if (winner === undefined) throw new Error('Expected one call to end the grant')
    expect(others).toEqual([])
    await expectGrants(store, [endedBy(record, winner)])
  },

  async 'end is final in any order with concurrent rotations'({ store, second }) {
    for (let round = 0; round < 10; round += 1) {
      const record = aGrantRecord()
      await insertGrants(store, [record])
      const ending = aGrantEnding({ at: anInstant + 2_000 })
      const rotations = [aGrantRotation(record), aGrantRotation(record)]
      const [first, last] = rotations.map((rotation) => second.rotate(record.id, rotation))
      const answers = await Promise.all([first, store.end(record.id, ending), last])

      expect(answers[1]).toEqual(asEnded(record, ending.reason))
      expect(await findGrant(store, record.id)).toMatchObject({
        endedAt: ending.at,
        endReason: ending.reason,
      })
      expect(await liveGrants(store, record.userId)).toEqual([])
    }
  },

  async 'endByUser and endByClient end a grant that is being refreshed'({ store, second }) {
    const ending = aGrantEnding({ at: anInstant + 2_000 })
    const endAll = [
      ({ userId }: GrantRecord) => store.endByUser(userId, ending),
      ({ clientId }: GrantRecord) => store.endByClient(clientId, ending, 10),
    ]
    for (let round = 0; round < 10; round += 1) {
      for (const end of endAll) {
        const record = aGrantRecord({ clientId: `client-${round}` })
        await insertGrants(store, [record])
        const refresh = () => second.rotate(record.id, aGrantRotation(record))
        // Either may start first.
        const early = round % 2 === 0 ? refresh() : null
        const [ended] = await Promise.all([end(record), early ?? refresh()])

        expect(ended).toEqual([asEnded(record, ending.reason)])
        expect(await findGrant(store, record.id)).toMatchObject({ endedAt: ending.at })
        expect(await liveGrants(store, record.userId)).toEqual([])
      }
    }
  },

  async 'endByUser ends and returns every grant of the user, to whatever client'({
    store,
    second,
  }) {
    const userId = 'ada'
    const records = Array.from({ length: 25 }, () => aGrantRecord({ userId }))
    const expired = aGrantRecord({ userId, expiresAt: anInstant + 1 })
    await insertGrants(store, [...records, expired])
    const ending = aGrantEnding({ by: userId })

    const ended = await store.endByUser(userId, ending)

    const all = [...records, expired]
    expect(byId(ended)).toEqual(byId(all.map((each) => asEnded(each, ending.reason))))
    await expectGrants(
      second,
      all.map((each) => endedBy(each, ending)),
    )
  },

  async 'endByUser does not change grants of other users or grants that have ended'({ store }) {
    const others = ['Ada', 'ada ', ' ada', 'adam', 'a%', 'a_a'].map((userId) =>
      aGrantRecord({ userId }),
    )
    const record = aGrantRecord({ userId: 'ada' })
    await insertGrants(store, [...others, record])
    const first = aGrantEnding({ at: anInstant + 1, reason: 'ended-by-user' })
    await store.end(record.id, first)

    expect(await store.endByUser('ada', aGrantEnding())).toEqual([])
    await expectGrants(store, [...others, endedBy(record, first)])
  },

  async 'endByUser ends and returns each grant once in two concurrent calls'({ store, second }) {
    const records = Array.from({ length: 10 }, () => aGrantRecord({ userId: 'ada' }))
    await insertGrants(store, records)

    const answers = await Promise.all([
      store.endByUser('ada', aGrantEnding()),
      second.endByUser('ada', aGrantEnding()),
    ])

    expect(byId(answers.flat()).map(({ id }) => id)).toEqual(byId(records).map(({ id }) => id))
    expect(await liveGrants(store, 'ada')).toEqual([])
  },

  async 'endByClient ends up to the limit, and fewer only if none is left'({ store, second }) {
    const clientId = 'cli'
    const records = Array.from({ length: 7 }, () => aGrantRecord({ clientId }))
    await insertGrants(store, records)
    const ending = aGrantEnding({ by: 'grace' })

    const batches = [
      await store.endByClient(clientId, ending, 3),
      await second.endByClient(clientId, ending, 3),
      await store.endByClient(clientId, ending, 3),
      await store.endByClient(clientId, ending, 3),
    ]

    expect(batches.map(({ length }) => length)).toEqual([3, 3, 1, 0])
    expect(byId(batches.flat())).toEqual(byId(records.map((each) => asEnded(each, ending.reason))))
    await expectGrants(
      store,
      records.map((each) => endedBy(each, ending)),
    )
  },

  async 'endByClient does not change grants of other clients or grants that have ended'({ store }) {
    const others = ['CLI', 'cli ', 'cli%', 'cl_'].map((clientId) => aGrantRecord({ clientId }))
    const record = aGrantRecord({ clientId: 'cli' })
    await insertGrants(store, [...others, record])
    const first = aGrantEnding({ at: anInstant + 1, reason: 'ended-by-user' })
    await store.end(record.id, first)

    expect(await store.endByClient('cli', aGrantEnding(), 10)).toEqual([])
    await expectGrants(store, [...others, endedBy(record, first)])
  },

  async 'endByClient ends and returns each grant once in two concurrent calls'({ store, second }) {
    const records = Array.from({ length: 10 }, () => aGrantRecord({ clientId: 'cli' }))
    await insertGrants(store, records)

    const answers = await Promise.all([
      store.endByClient('cli', aGrantEnding(), 10),
      second.endByClient('cli', aGrantEnding(), 10),
    ])
    const rest = await store.endByClient('cli', aGrantEnding(), 10)

    const ids = byId([...answers.flat(), ...rest]).map(({ id }) => id)
    expect(ids).toEqual(byId(records).map(({ id }) => id))
  },
})
