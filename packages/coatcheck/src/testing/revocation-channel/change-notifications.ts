import { expect } from 'vitest'
import type { SessionRecord } from '../../domain/session.ts'
import { hour } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import {
  anAuthentication,
  anEnding,
  aRotation,
  aSweep,
  insertAll,
  plainInsertion,
} from '../fixtures.ts'
import {
  type OpenedRevocationChannel,
  type RevocationChannelContractCase,
  revocationChannelCases,
} from './case.ts'
import { type RecordingListener, subscribeRecorder } from './recording-listener.ts'

/** Changes a session through either view of the data. */
type Change = (store: SessionStore, record: SessionRecord) => Promise<unknown>

const changes: Readonly<Record<string, Change>> = {
  'the end of a session': (store, { id }) => store.end(id, anEnding()),
  'the end of all sessions of a user': (store, { userId }) =>
    store.endByUser(userId, anEnding(), null),
  'a rotation': (store, record) => store.replaceSecret(record.id, aRotation(record)),
  'a rotation with grace': (store, record) =>
    store.replaceSecret(record.id, aRotation(record, { previousExpiresAt: anInstant + hour })),
  'a step-up': (store, record) => {
    const authentication = anAuthentication()
    return store.replaceSecret(record.id, aRotation(record, { authentication }))
  },
  'a data change': (store, { id }) => store.updateData(id, () => '{"a":1}'),
  'a session replaced at sign-in': (store, { id, userId }) =>
    store.insert(plainInsertion(aSessionRecord({ userId }), { replaces: id })),
  'a session evicted by the cap': (store, { userId }) =>
    store.insert(
      plainInsertion(aSessionRecord({ userId, createdAt: anInstant + 1 }), {
        cap: { limit: 1, whenFull: 'evict-oldest' },
      }),
    ),
  'a session ended by the sweep': (store) =>
    store.endExpired(aSweep({ at: anInstant + 48 * hour })),
}

export const changeNotificationCases: readonly RevocationChannelContractCase[] = [
  ...Object.entries(changes).flatMap(([name, change]) => casesOf(name, change)),
  ...revocationChannelCases(
    {
      async 'notifies of every session of a deleted user that had not ended'(opened) {
        const record = aSessionRecord()
        const remove = async () => opened.removeUser?.(record.userId)
        await expectNotifiedAfterInsert(opened, [record], remove)
      },
    },
    ({ removeUser }) => (removeUser === undefined ? 'no `removeUser` was opened' : null),
  ),
  ...revocationChannelCases({
    async 'notifies of each of 1,200 concurrent changes'(opened) {
      const records = Array.from({ length: 1_200 }, () => aSessionRecord())
      // Not all at once: operations that wait for a connection must not exceed the limit of waiting.
      for (let start = 0; start < records.length; start += 50) {
        const batch = records.slice(start, start + 50)
        await Promise.all(batch.map((record) => opened.store.insert(plainInsertion(record))))
      }
      const sweep = aSweep({ at: anInstant + 48 * hour, limit: records.length })
      await expectNotified(opened, records, () => opened.store.endExpired(sweep))
    },

    async 'does not notify of activity, new sessions or the purge'({ store, channel }) {
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

    async 'notifies after the change is readable'({ store, second, channel }) {
      const record = aSessionRecord()
      await insertAll(store, [record])
      const reads: Promise<SessionRecord | null>[] = []
      await using recorder = subscribeRecorder(channel, () => reads.push(store.find(record.id)))
      await recorder.catchUp()

      await (second ?? store).end(record.id, anEnding())
      await recorder.catchUp()

      const [read] = await Promise.all(reads)
      expect(read?.endReason).toBe('signed-out')
    },

    async 'notifies every listener'({ store, channel }) {
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

/** Returns a case for a change through each view of the data. */
function casesOf(name: string, change: Change): readonly RevocationChannelContractCase[] {
  return revocationChannelCases({
    [`notifies of ${name}`]: (opened) => checkChange(opened, opened.store, change),
    [`notifies of ${name} by another process`]: (opened) =>
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
