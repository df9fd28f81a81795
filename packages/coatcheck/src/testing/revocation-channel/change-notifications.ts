import { expect } from 'vitest'
import type { SessionId, SessionRecord } from '../../domain/session.ts'
import { hour } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import { anEnding, aRotation, aSweep, insertAll, plainInsertion } from '../fixtures.ts'
import {
  type OpenedRevocationChannel,
  type RevocationChannelContractCase,
  revocationChannelCases,
} from './case.ts'
import { type RecordingListener, subscribeRecorder } from './recording-listener.ts'

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

export const changeNotificationCases: readonly RevocationChannelContractCase[] = [
  ...Object.entries(changes).flatMap(([name, change]) => casesOf(name, change)),
  ...revocationChannelCases({
    async 'tells of every session of a removed user that had not ended'(opened) {
      const { removeUser } = opened
      if (removeUser === undefined) return
      const record = aSessionRecord()
      await expectNotifiedAfterInsert(opened, [record], () => removeUser(record.userId))
    },

    async 'tells of each of very many changes at once'(opened) {
      const records = Array.from({ length: 1_200 }, () => aSessionRecord())
      await Promise.all(records.map((record) => opened.store.insert(plainInsertion(record))))
      const sweep = aSweep({ at: anInstant + 48 * hour, limit: records.length })
      await expectNotified(opened, records, () => opened.store.endExpired(sweep))
    },

    async 'says nothing of activity, of new sessions and of the purge'({ store, channel }) {
      const touched = aSessionRecord()
      const ended = aSessionRecord()
      await insertAll(store, [touched, ended])
      await store.end(ended.id, anEnding())
      await using recorder = await listen(channel)

      await store.touch([{ id: touched.id, at: anInstant + 5_000 }], 0)
      await store.insert(plainInsertion(aSessionRecord()))
      expect(await store.purge(anInstant + hour, 10)).toBe(1)
      await recorder.catchUp()

      expect([...recorder.changed, recorder.hasReceived(touched.id)]).toEqual([false])
    },

    async 'tells after the change can be read'({ store, second, channel }) {
      const record = aSessionRecord()
      await insertAll(store, [record])
      const reads: Promise<SessionRecord | null>[] = []
      await using recorder = subscribeRecorder(channel, (id: SessionId) =>
        reads.push(store.find(id)),
      )
      await recorder.catchUp()

      await (second ?? store).end(record.id, anEnding())
      await recorder.catchUp()

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

      expect([one.hasReceived(record.id), other.hasReceived(record.id)]).toEqual([true, true])
    },
  }),
]

/** Each change through either view of the data. */
function casesOf(name: string, change: Change): readonly RevocationChannelContractCase[] {
  return revocationChannelCases({
    [`tells of ${name}`]: (opened) => checkChange(opened, opened.store, change),
    [`tells of ${name} by another process`]: (opened) =>
      checkChange(opened, opened.second ?? opened.store, change),
  })
}

async function checkChange(
  opened: OpenedRevocationChannel,
  view: SessionStore,
  change: Change,
): Promise<void> {
  const record = aSessionRecord()
  await expectNotifiedAfterInsert(opened, [record], () => change(view, record))
}

async function expectNotifiedAfterInsert(
  opened: OpenedRevocationChannel,
  records: readonly SessionRecord[],
  change: () => Promise<unknown>,
): Promise<void> {
  await insertAll(opened.store, records)
  await expectNotified(opened, records, change)
}

async function expectNotified(
  { channel }: OpenedRevocationChannel,
  records: readonly SessionRecord[],
  change: () => Promise<unknown>,
): Promise<void> {
  await using recorder = await listen(channel)

  await change()
  await recorder.catchUp()

  expect(records.filter(({ id }) => !recorder.hasReceived(id))).toEqual([])
}

async function listen(channel: OpenedRevocationChannel['channel']): Promise<RecordingListener> {
  const recorder = subscribeRecorder(channel)
  await recorder.catchUp()
  recorder.clear()
  return recorder
}
