import { expect } from 'vitest'
import type { SessionRecord } from '../../domain/session.ts'
import { day, minute } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import {
  anEnding,
  aRotation,
  expectUnchanged,
  findExisting,
  insertAll,
  plainInsertion,
} from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

const later = anInstant + 2 * minute

/** Every operation that changes a session, applied to `record`. Only `purge` removes sessions. */
function attempts(store: SessionStore, record: SessionRecord): readonly (() => Promise<unknown>)[] {
  const { id, userId } = record
  const successor = () => aSessionRecord({ userId, createdAt: later })
  const ending = anEnding({ at: later, reason: 'password-changed', by: 'grace' })
  return [
    () => store.replaceSecret(id, aRotation(record, { at: later })),
    () => store.updateData(id, () => 'late'),
    () => store.touch([{ id, at: later }], 0),
    () => store.end(id, ending),
    () => store.endByUser(userId, ending, null),
    () => store.endExpired({ at: later + 2 * day, idleGrace: 0, limit: 100, cursor: null }),
    () => store.insert(plainInsertion(successor(), { replaces: id })),
    () =>
      store.insert(plainInsertion(successor(), { cap: { limit: 1, whenFull: 'evict-oldest' } })),
    () => store.insert(plainInsertion({ ...record, endedAt: null })).catch(() => undefined),
    () => store.purge(anInstant, 100),
  ]
}

/** Races an operation against `end`, 20 times: it must be refused or take effect before the end. */
async function raceAgainstEnd(
  views: { readonly store: SessionStore; readonly second: SessionStore },
  late: (store: SessionStore, record: SessionRecord) => Promise<unknown>,
): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const record = aSessionRecord()
    await insertAll(views.store, [record])
    const running = late(views.second, record)
    await views.store.end(record.id, anEnding())
    const whenEnded = await findExisting(views.store, record.id)
    await running

    expect(whenEnded.endedAt).toBe(anEnding().at)
    await expectUnchanged(views.store, [whenEnded])
  }
}

export const finalityCases = sessionStoreCases('finality', {
  async 'no operation changes an ended session'({ store, second }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    await store.end(record.id, anEnding())
    const before = await findExisting(store, record.id)

    for (const attempt of attempts(second, record)) {
      await attempt()
      await expectUnchanged(store, [before])
    }
  },

  async 'concurrent operations do not change an ended session'({ store, second }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    await store.end(record.id, anEnding())
    const before = await findExisting(store, record.id)

    await Promise.all(attempts(second, record).map((attempt) => attempt()))

    await expectUnchanged(store, [before])
  },

  async 'every view sees the end once end has returned'({ store, second }) {
    for (let round = 0; round < 20; round += 1) {
      const record = aSessionRecord()
      await insertAll(store, [record])
      await store.end(record.id, anEnding())

      expect((await findExisting(second, record.id)).endedAt).not.toBeNull()
      expect(await second.listByUser(record.userId, anInstant + 1)).toEqual([])
    }
  },

  async 'updateData never writes after the end'(views) {
    await raceAgainstEnd(views, (store, { id }) => store.updateData(id, () => 'late'))
  },

  async 'touch never writes after the end'(views) {
    await raceAgainstEnd(views, (store, { id }) => store.touch([{ id, at: anInstant + 7 }], 0))
  },

  async 'replaceSecret never writes after the end'(views) {
    await raceAgainstEnd(views, (store, record) =>
      store.replaceSecret(record.id, aRotation(record)),
    )
  },
})
