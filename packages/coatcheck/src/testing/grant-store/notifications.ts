import { expect } from 'vitest'
import type { GrantId, GrantRecord } from '../../domain/grant.ts'
import { aGrantRecord, anInstant } from '../builders.ts'
import {
  type RecordingListener,
  subscribeRecorder,
} from '../revocation-channel/recording-listener.ts'
import type { GrantStoreContractCase, GrantStoreViews } from './case.ts'
import { aGrantEnding, aGrantRotation, grantInsertion, insertGrants } from './fixtures.ts'
import { sweepGrants } from './sweep-grants.ts'

/** The store, and a listener of its channel that has received everything so far. */
interface Listening extends GrantStoreViews {
  readonly recorder: RecordingListener
}

function notificationCases(
  bodies: Readonly<Record<string, (listening: Listening) => Promise<void>>>,
): readonly GrantStoreContractCase[] {
  return Object.entries(bodies).map(([name, body]) => ({
    theme: 'notifications',
    name,
    async run(open) {
      await using opened = await open()
      const { store, channel } = opened
      if (channel === undefined) return { notRun: 'no revocation channel' }
      await using recorder = subscribeRecorder(channel)
      await recorder.catchUp()
      await body({ store, second: opened.second ?? store, recorder })
      return undefined
    },
  }))
}

/** Runs one change at a time and expects that it is reported with the id of the grant. */
async function expectReported(
  { recorder }: Listening,
  changes: Readonly<Record<string, readonly [GrantId, () => Promise<unknown>]>>,
): Promise<void> {
  for (const [name, [id, change]] of Object.entries(changes)) {
    recorder.clear()
    await change()
    await recorder.catchUp()
    expect([name, recorder.hasReceived(id)]).toEqual([name, true])
  }
}

export const grantNotificationCases = notificationCases({
  async 'the channel reports every change of a grant, made through any connection'(listening) {
    const { store, second } = listening
    const own = { userId: 'ada', clientId: 'cli' }
    const record = (overrides: Partial<GrantRecord> = {}) => aGrantRecord(overrides)
    const refreshed = record()
    const ended = record()
    const byUser = record({ userId: 'grace' })
    const byClient = record({ clientId: 'web' })
    const capped = record({ ...own, createdAt: anInstant - 1 })
    const expired = record({ createdAt: 1_000, expiresAt: 2_000 })
    await insertGrants(store, [refreshed, ended, byUser, byClient, capped, expired])
    await listening.recorder.catchUp()

    await expectReported(listening, {
      rotate: [refreshed.id, () => second.rotate(refreshed.id, aGrantRotation(refreshed))],
      end: [ended.id, () => second.end(ended.id, aGrantEnding())],
      endByUser: [byUser.id, () => second.endByUser('grace', aGrantEnding())],
      endByClient: [byClient.id, () => second.endByClient('web', aGrantEnding(), 10)],
      insert: [capped.id, () => second.insert(grantInsertion(record(own), { limit: 1 }))],
      endExpired: [expired.id, () => sweepGrants(second)],
    })
  },

  async 'the channel does not report creations, refusals and the purge'({
    store,
    second,
    recorder,
  }) {
    const ended = aGrantRecord()
    await insertGrants(store, [ended])
    await store.end(ended.id, aGrantEnding({ at: anInstant }))
    await recorder.catchUp()
    recorder.clear()
    const changed = recorder.changed.length

    const record = aGrantRecord()
    await second.insert(grantInsertion(record))
    await second.end(ended.id, aGrantEnding())
    await second.rotate(ended.id, aGrantRotation(ended))
    expect(await store.purge(anInstant + 1, 10)).toBe(1)
    await recorder.catchUp()

    expect(recorder.changed.slice(changed)).toEqual([])
  },
})
