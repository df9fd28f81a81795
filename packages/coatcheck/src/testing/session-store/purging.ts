import { expect } from 'vitest'
import type { SessionRecord } from '../../domain/session.ts'
import { minute } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import { anEnding, expectUnchanged, insertAll, plainInsertion } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

/** Adds sessions that ended at successive milliseconds from `anInstant` on. */
async function insertEnded(store: SessionStore, count: number) {
  const records = Array.from({ length: count }, () => aSessionRecord())
  await insertAll(store, records)
  for (const [index, { id }] of records.entries()) {
    await store.end(id, anEnding({ at: anInstant + index }))
  }
  return records
}

export const purgingCases = sessionStoreCases('purging', {
  async 'purge removes nothing from an empty store'({ store }) {
    expect(await store.purge(anInstant, 10)).toBe(0)
  },

  async 'purge removes sessions that ended before the instant and returns their number'({
    store,
    second,
  }) {
    const [first, next, last] = await insertEnded(store, 3)
    if (!first || !next || !last) throw new Error('Expected three records')

    expect(await store.purge(anInstant + 1, 10)).toBe(1)

    expect(await second.find(first.id)).toBeNull()
    expect(await store.find(next.id)).not.toBeNull()
    expect(await store.find(last.id)).not.toBeNull()
    expect(await store.purge(anInstant + 3, 10)).toBe(2)
    expect(await store.purge(anInstant + 3, 10)).toBe(0)
  },

  async 'purge removes no session that has not ended, even if it expired long ago'({ store }) {
    const records = [
      aSessionRecord({ createdAt: 1_000, expiresAt: 2_000 }),
      aSessionRecord({ idleTimeout: 1 }),
      aSessionRecord(),
    ]
    await insertAll(store, records)

    expect(await store.purge(anInstant + minute, 10)).toBe(0)
    await expectUnchanged(store, records)
  },

  async 'purge removes at most the limit per call'({ store }) {
    const records = await insertEnded(store, 7)

    expect(await store.purge(anInstant + minute, 3)).toBe(3)
    const found = await Promise.all(records.map(({ id }) => store.find(id)))
    expect(found.filter((record) => record !== null)).toHaveLength(4)
    expect(await store.purge(anInstant + minute, 3)).toBe(3)
    expect(await store.purge(anInstant + minute, 3)).toBe(1)
  },

  async 'purge counts each session once in concurrent calls'({ store, second }) {
    const records = await insertEnded(store, 20)

    const views = [store, second, store, second]
    const counts = await Promise.all(views.map((view) => view.purge(anInstant + minute, 20)))
    const rest = await store.purge(anInstant + minute, 20)

    expect(counts.reduce((sum, count) => sum + count, rest)).toBe(20)
    for (const { id } of records) expect(await store.find(id)).toBeNull()
  },

  async 'insert keeps the 100 sessions of a user that ended last, whatever their reason'({
    store,
    second,
  }) {
    const user = { userId: 'ada' }
    const records = Array.from({ length: 130 }, () => aSessionRecord(user))
    await insertAll(store, records)
    const other = aSessionRecord()
    await insertAll(store, [other])
    await store.end(other.id, anEnding({ at: anInstant - minute }))
    const reasons = ['signed-out', 'session-cap', 'signed-in-again', 'secret-reused'] as const
    const byEnd = records.toSorted((one, another) => (one.id < another.id ? -1 : 1)).slice(0, 125)
    for (const [index, { id }] of byEnd.entries()) {
      const reason = reasons[index % reasons.length] ?? 'signed-out'
      await store.end(id, anEnding({ reason, at: anInstant + index }))
    }

    // Ends one more session, which is the last of all.
    const cap = { limit: 5, whenFull: 'evict-oldest' } as const
    const added = aSessionRecord({ ...user, createdAt: anInstant + minute })
    const outcome = await second.insert(plainInsertion(added, { cap }))

    if (outcome.status !== 'inserted') throw new Error('Expected an insertion')
    const [capped] = outcome.ended
    expect(outcome.ended).toHaveLength(1)
    const found = await Promise.all(byEnd.map(({ id }) => store.find(id)))
    expect(found.slice(0, 26)).toEqual(Array.from({ length: 26 }, () => null))
    expect(found.slice(26)).not.toContain(null)
    expect(capped && (await store.find(capped.id))).toMatchObject({ endReason: 'session-cap' })
    expect(await store.find(other.id)).not.toBeNull()
    expect(await store.listByUser(user.userId, anInstant + minute)).toHaveLength(5)
  },

  async 'insert leaves at most 100 ended sessions of a user, however often the user signs in'({
    store,
    second,
  }) {
    const cap = { limit: 3, whenFull: 'evict-oldest' } as const
    const ids: SessionRecord['id'][] = []
    for (let n = 0; n < 130; n += 1) {
      const record = aSessionRecord({ userId: 'ada', createdAt: anInstant + n })
      const replaces = n % 2 === 0 ? null : (ids.at(-1) ?? null)
      await (n % 3 === 0 ? second : store).insert(plainInsertion(record, { cap, replaces }))
      ids.push(record.id)
    }
    const found = await Promise.all(ids.map((id) => store.find(id)))
    const stored = found.filter((record) => record !== null)
    const live = stored.filter(({ endedAt }) => endedAt === null)
    expect([stored.length - live.length, live.length]).toEqual([100, 3])
    expect(stored.at(-1)?.id).toBe(ids.at(-1))
  },

  async 'purge frees the ids of removed sessions'({ store }) {
    const [purged] = await insertEnded(store, 1)
    if (!purged) throw new Error('Expected one record')
    await store.purge(anInstant + minute, 10)
    const record = aSessionRecord({ id: purged.id })

    await insertAll(store, [record])

    await expectUnchanged(store, [record])
  },
})
