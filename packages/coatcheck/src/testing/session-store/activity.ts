import { expect } from 'vitest'
import type { SessionId, SessionRecord } from '../../domain/session.ts'
import { type Instant, minute, second as oneSecond } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionId, aSessionRecord } from '../builders.ts'
import { anEnding, expectUnchanged, findExisting, insertAll } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

async function activityOf(store: SessionStore, id: SessionId): Promise<Instant> {
  return (await findExisting(store, id)).lastActivityAt - anInstant
}

async function inserted(
  store: SessionStore,
  overrides: Partial<SessionRecord> = {},
): Promise<SessionRecord> {
  const record = aSessionRecord(overrides)
  await insertAll(store, [record])
  return record
}

export const activityCases = sessionStoreCases('activity', {
  async 'touch moves lastActivityAt forward and changes nothing else'({ store, second }) {
    const record = await inserted(store)
    const other = await inserted(store, { userId: record.userId })

    await store.touch([{ id: record.id, at: anInstant + 61_001 }], minute)

    expect(await second.find(record.id)).toEqual({ ...record, lastActivityAt: anInstant + 61_001 })
    await expectUnchanged(store, [other])
  },

  async 'touch never moves lastActivityAt back'({ store }) {
    const record = await inserted(store, { lastActivityAt: anInstant + minute })

    await store.touch([{ id: record.id, at: anInstant + 1 }], 0)
    await store.touch([{ id: record.id, at: anInstant + minute }], 0)

    await expectUnchanged(store, [record])
  },

  async 'touch keeps the latest of concurrent older and newer instants'({ store, second }) {
    const record = await inserted(store)
    const ages = Array.from({ length: 20 }, (_, index) => ((index * 7) % 20) * oneSecond)

    await Promise.all(
      ages.map((age, index) =>
        (index % 2 ? second : store).touch([{ id: record.id, at: anInstant + age }], 0),
      ),
    )

    expect(await activityOf(store, record.id)).toBe(19 * oneSecond)
  },

  async 'touch changes nothing for less than the precision, to the millisecond'({ store }) {
    const record = await inserted(store)

    await store.touch([{ id: record.id, at: anInstant + minute - 1 }], minute)
    expect(await activityOf(store, record.id)).toBe(0)
    await store.touch([{ id: record.id, at: anInstant + minute }], minute)
    expect(await activityOf(store, record.id)).toBe(minute)
    await store.touch([{ id: record.id, at: anInstant + 2 * minute - 1 }], minute)
    expect(await activityOf(store, record.id)).toBe(minute)
  },

  async 'touch moves lastActivityAt by one millisecond if the precision is 0'({ store }) {
    const record = await inserted(store)

    await store.touch([{ id: record.id, at: anInstant + 1 }], 0)

    expect(await activityOf(store, record.id)).toBe(1)
  },

  async 'touch does nothing for an absent id'({ store }) {
    const id = aSessionId()

    await store.touch([{ id, at: anInstant }], 0)

    expect(await store.find(id)).toBeNull()
  },

  async 'touch neither revives nor changes an ended session'({ store, second }) {
    const record = await inserted(store)
    await store.end(record.id, anEnding({ at: anInstant + 1 }))
    const before = await findExisting(store, record.id)

    await second.touch([{ id: record.id, at: anInstant + 2 * minute }], 0)

    await expectUnchanged(store, [before])
    expect(await store.listByUser(record.userId, anInstant + 2 * minute)).toEqual([])
  },

  async 'touch changes nothing if the session is past a timeout at the instant'({ store }) {
    const absolute = await inserted(store, { expiresAt: anInstant + minute })
    const idle = await inserted(store, { idleTimeout: minute })

    for (const { id } of [absolute, idle]) {
      await store.touch([{ id, at: anInstant + minute }], 0)
      await store.touch([{ id, at: anInstant + minute + 1 }], 0)
      expect(await activityOf(store, id)).toBe(0)
      await store.touch([{ id, at: anInstant + minute - 1 }], 0)
      expect(await activityOf(store, id)).toBe(minute - 1)
    }
  },

  async 'touch never moves the absolute deadline'({ store }) {
    const record = await inserted(store, { expiresAt: anInstant + minute })

    await store.touch([{ id: record.id, at: anInstant + minute - 1 }], 0)

    expect((await findExisting(store, record.id)).expiresAt).toBe(anInstant + minute)
    expect(await store.listByUser(record.userId, anInstant + minute)).toEqual([])
  },

  async 'touch applies precision and timeouts to each session of a batch separately'({ store }) {
    const at = anInstant + minute
    const fresh = await inserted(store, { lastActivityAt: at - 1 })
    const due = await inserted(store)
    const expired = await inserted(store, { idleTimeout: minute })
    const ended = await inserted(store)
    await store.end(ended.id, anEnding())
    const sessions = [fresh, due, expired, ended]

    const notMoved = await store.touch(
      sessions.map(({ id }) => ({ id, at })),
      oneSecond,
    )

    expect(notMoved.toSorted()).toEqual([fresh.id, expired.id, ended.id].toSorted())
    const activities = await Promise.all(sessions.map(({ id }) => activityOf(store, id)))
    expect(activities).toEqual([minute - 1, minute, 0, 0])
  },
})
