import { expect } from 'vitest'
import type { SessionId, SessionRecord } from '../../domain/session.ts'
import { hour } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { systemClock } from '../../ports/system.ts'
import { aSessionId, aSessionRecord, toSessionId } from '../builders.ts'
import { anEnding, insertAll, plainInsertion } from '../fixtures.ts'
import { type OpenedSessionStore, sessionStoreCases } from './case.ts'

async function expectAnswer(store: SessionStore, id: SessionId, expected: boolean): Promise<void> {
  expect(await store.hasEndedWithoutSuccessor?.(id)).toBe(expected)
}

function findMissing({ store }: OpenedSessionStore): string | null {
  const isMissing = store.hasEndedWithoutSuccessor === undefined
  return isMissing ? 'the store has no `hasEndedWithoutSuccessor`' : null
}

/** A session that is live by the clock of the store. */
function liveRecord(overrides: Partial<SessionRecord> = {}): SessionRecord {
  return aSessionRecord({ createdAt: systemClock.now(), ...overrides })
}

export const successorCases = sessionStoreCases(
  'successors',
  {
    async 'hasEndedWithoutSuccessor is true for a session that has ended'({ store, second }) {
      const record = liveRecord()
      await insertAll(store, [record])
      await store.end(record.id, anEnding())

      await expectAnswer(second, record.id, true)
    },

    async 'hasEndedWithoutSuccessor is false for a session that is live or missing'({ store }) {
      const record = liveRecord()
      await insertAll(store, [record])

      await expectAnswer(store, record.id, false)
      for (const id of [aSessionId(), toSessionId(''), toSessionId('\0')]) {
        await expectAnswer(store, id, false)
      }
    },

    async 'hasEndedWithoutSuccessor is true past either timeout by the clock of the store'({
      store,
    }) {
      const createdAt = systemClock.now() - hour
      const timeouts = { expiresAt: createdAt + 2 * hour, idleTimeout: 2 * hour }
      const due = [
        liveRecord({ createdAt, ...timeouts, expiresAt: createdAt + 1 }),
        liveRecord({ createdAt, ...timeouts, idleTimeout: 1 }),
      ]
      const live = liveRecord({ createdAt, ...timeouts })
      await insertAll(store, [...due, live])

      for (const { id } of due) await expectAnswer(store, id, true)
      await expectAnswer(store, live.id, false)
    },

    async 'hasEndedWithoutSuccessor is false once an insertion replaces the session'({
      store,
      second,
    }) {
      const live = liveRecord()
      const ended = liveRecord()
      const expired = aSessionRecord()
      await insertAll(store, [live, ended, expired])
      await store.end(ended.id, anEnding())

      for (const { id } of [live, ended, expired]) {
        await store.insert(plainInsertion(liveRecord(), { replaces: id }))
        await expectAnswer(second, id, false)
      }
    },

    async 'hasEndedWithoutSuccessor stays false after the new session has ended'({ store }) {
      const old = liveRecord()
      const successor = liveRecord()
      await insertAll(store, [old])
      await store.insert(plainInsertion(successor, { replaces: old.id }))
      await store.end(successor.id, anEnding())

      await expectAnswer(store, old.id, false)
      await expectAnswer(store, successor.id, true)
    },

    async 'hasEndedWithoutSuccessor ignores insertions that were refused or replace nothing'({
      store,
    }) {
      const old = liveRecord({ userId: 'ada' })
      await insertAll(store, [old])
      await store.endByUser('ada', anEnding(), null)

      const outdated = { replaces: old.id, credentialsCheckedAt: 0 }
      const refused = await store.insert(plainInsertion(liveRecord({ userId: 'ada' }), outdated))
      expect(refused.status).toBe('refused')
      await store.insert(plainInsertion(liveRecord({ userId: 'ada' })))

      await expectAnswer(store, old.id, true)
    },
  },
  findMissing,
)
