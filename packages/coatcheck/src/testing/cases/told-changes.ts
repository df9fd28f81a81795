import { expect } from 'vitest'
import type { SessionId, SessionRecord } from '../../domain/session.ts'
import { hour } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import { type Hearing, listenTo } from '../recording-listener.ts'
import {
  channelCases,
  type OpenedRevocationChannel,
  type RevocationChannelContractCase,
} from '../revocation-channel-case.ts'
import { anEnding, aRotation, aSweep, insertAll, plainInsertion } from '../steps.ts'

/** Makes a change through either view of the data, and says whom it must be told of. */
type Change = (store: SessionStore, record: SessionRecord) => Promise<unknown>

const changes: Readonly<Record<string, Change>> = {
  'an ending': (store, { id }) => store.end(id, anEnding()),
  'the ending of all that a user has': (store, { userId }) =>
    store.endByUser(userId, anEnding(), null),
  'a rotation': (store, record) => store.replaceSecret(record.id, aRotation(record)),
  'a rotation with grace': (store, record) =>
    store.replaceSecret(record.id, aRotation(record, { previousExpiresAt: anInstant + hour })),
  'an authentication': (store, record) => {
    const authentication = { expiresAt: anInstant + 48 * hour }
    return store.replaceSecret(record.id, aRotation(record, { authentication }))
  },
  'a change of data': (store, { id }) => store.replaceData(id, { from: 0, data: '{"a":1}' }),
  'a session that a sign-in replaces': (store, { id, userId }) =>
    store.insert(plainInsertion(aSessionRecord({ userId }), { replaces: id })),
  'a session that gives way to the cap': (store, { userId }) =>
    store.insert(
      plainInsertion(aSessionRecord({ userId, createdAt: anInstant + 1 }), {
        cap: { limit: 1, whenFull: 'evict-oldest' },
      }),
    ),
  'a session that the sweep ends': (store) =>
    store.endExpired(aSweep({ at: anInstant + 48 * hour })),
}

export const toldChangeCases: readonly RevocationChannelContractCase[] = [
  ...Object.entries(changes).flatMap(([what, change]) => casesOf(what, change)),
  ...channelCases({
    async 'tells of every session of a removed user that had not ended'(opened) {
      const { removeUser } = opened
      if (removeUser === undefined) return
      const record = aSessionRecord()
      await expectTold(opened, [record], () => removeUser(record.userId))
    },

    async 'tells of each of very many changes at once'(opened) {
      const records = Array.from({ length: 1_200 }, () => aSessionRecord())
      await Promise.all(records.map((record) => opened.store.insert(plainInsertion(record))))
      const sweep = aSweep({ at: anInstant + 48 * hour, limit: records.length })
      await expectToldOf(opened, records, () => opened.store.endExpired(sweep))
    },

    async 'says nothing of activity, of new sessions and of the purge'({ store, channel }) {
      const used = aSessionRecord()
      const gone = aSessionRecord()
      await insertAll(store, [used, gone])
      await store.end(gone.id, anEnding())
      await using hearing = await listen(channel)

      await store.touch([{ id: used.id, at: anInstant + 5_000 }], 0)
      await store.insert(plainInsertion(aSessionRecord()))
      expect(await store.purge(anInstant + hour, 10)).toBe(1)
      await hearing.catchUp()

      expect([...hearing.changed, hearing.hasHeardOf(used.id)]).toEqual([false])
    },

    async 'tells after the change can be read'({ store, second, channel }) {
      const record = aSessionRecord()
      await insertAll(store, [record])
      const reads: Promise<SessionRecord | null>[] = []
      await using hearing = listenTo(channel, (id: SessionId) => reads.push(store.find(id)))
      await hearing.catchUp()

      await (second ?? store).end(record.id, anEnding())
      await hearing.catchUp()

      const [read] = await Promise.all(reads)
      expect(read?.endReason).toBe('signed-out')
    },

    async 'tells every listener'({ store, channel }) {
      const record = aSessionRecord()
      await insertAll(store, [record])
      await using one = await listen(channel)
      await using other = await listen(channel)

      await store.end(record.id, anEnding())
      await Promise.all([one.catchUp(), other.catchUp()])

      expect([one.hasHeardOf(record.id), other.hasHeardOf(record.id)]).toEqual([true, true])
    },
  }),
]

/** Each change through either view of the data. */
function casesOf(what: string, change: Change): readonly RevocationChannelContractCase[] {
  return channelCases({
    [`tells of ${what}`]: (opened) => tellsOf(opened, opened.store, change),
    [`tells of ${what} by another process`]: (opened) =>
      tellsOf(opened, opened.second ?? opened.store, change),
  })
}

async function tellsOf(
  opened: OpenedRevocationChannel,
  view: SessionStore,
  change: Change,
): Promise<void> {
  const record = aSessionRecord()
  await expectTold(opened, [record], () => change(view, record))
}

async function expectTold(
  opened: OpenedRevocationChannel,
  records: readonly SessionRecord[],
  change: () => Promise<unknown>,
): Promise<void> {
  await insertAll(opened.store, records)
  await expectToldOf(opened, records, change)
}

async function expectToldOf(
  { channel }: OpenedRevocationChannel,
  records: readonly SessionRecord[],
  change: () => Promise<unknown>,
): Promise<void> {
  await using hearing = await listen(channel)

  await change()
  await hearing.catchUp()

  expect(records.filter(({ id }) => !hearing.hasHeardOf(id))).toEqual([])
}

async function listen(channel: OpenedRevocationChannel['channel']): Promise<Hearing> {
  const hearing = listenTo(channel)
  await hearing.catchUp()
  hearing.clear()
  return hearing
}
