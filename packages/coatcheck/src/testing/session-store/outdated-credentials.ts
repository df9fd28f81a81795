import { expect } from 'vitest'
import type { SessionRecord } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { InsertOutcome, SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../builders.ts'
import { anEnding, expectUnchanged, insertAll, liveIds, plainInsertion } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'

const userId = 'ada'
const refused = { status: 'refused', reason: 'credentials-outdated' }
const inserted = { status: 'inserted', ended: [] }

async function endAll(store: SessionStore, at: Instant, user = userId): Promise<void> {
  await store.endByUser(user, anEnding({ reason: 'password-changed', at }), null)
}

function signIn(
  store: SessionStore,
  credentialsCheckedAt: Instant | null,
  record: SessionRecord = aSessionRecord({ userId }),
): Promise<InsertOutcome> {
  return store.insert(plainInsertion(record, { credentialsCheckedAt }))
}

export const outdatedCredentialsCases = sessionStoreCases('outdated credentials', {
  async 'insert refuses credentials checked before or when all sessions ended, not after'({
    store,
    second,
  }) {
    await insertAll(store, [aSessionRecord({ userId })])
    await endAll(store, anInstant)

    expect(await signIn(second, anInstant - 1)).toEqual(refused)
    expect(await signIn(second, anInstant)).toEqual(refused)
    expect(await signIn(second, anInstant + 1)).toEqual(inserted)
  },

  async 'insert changes nothing when it refuses outdated credentials'({ store }) {
    await endAll(store, anInstant)
    const existing = [aSessionRecord({ userId }), aSessionRecord({ userId })]
    await insertAll(store, existing)
    const record = aSessionRecord({ userId })

    const outcome = await store.insert({
      record,
      replaces: existing[0]?.id ?? null,
      completes: null,
      cap: { limit: 1, whenFull: 'evict-oldest' },
      credentialsCheckedAt: anInstant,
    })

    expect(outcome).toEqual(refused)
    expect(await store.find(record.id)).toBeNull()
    await expectUnchanged(store, existing)
  },

  async 'insert does not check the credentials if credentialsCheckedAt is null'({ store }) {
    await endAll(store, anInstant)

    expect(await signIn(store, null)).toEqual(inserted)
  },

  async 'insert refuses no credentials unless all sessions of the user were ended'({ store }) {
    const record = aSessionRecord({ userId })
    await insertAll(store, [record])
    await store.end(record.id, anEnding({ at: anInstant + 10 }))

    expect(await signIn(store, anInstant)).toEqual(inserted)
  },

  async 'insert refuses outdated credentials of a user who had no session to end'({ store }) {
    await endAll(store, anInstant)

    expect(await signIn(store, anInstant)).toEqual(refused)
  },

  async 'insert refuses outdated credentials even if one session was excepted'({ store }) {
    const existing = aSessionRecord({ userId })
    await insertAll(store, [existing])
    await store.endByUser(userId, anEnding({ at: anInstant }), existing.id)

    expect(await signIn(store, anInstant)).toEqual(refused)
    expect(await liveIds(store, userId)).toEqual([existing.id])
  },

  async 'insert refuses outdated credentials of that user only'({ store }) {
    await endAll(store, anInstant)

    for (const other of ['Ada', 'ada ', 'grace']) {
      const record = aSessionRecord({ userId: other })
      expect(await signIn(store, anInstant - 1, record)).toEqual(inserted)
    }
  },

  async 'insert compares with the latest end of all sessions, whatever the order of calls'({
    store,
  }) {
    await endAll(store, anInstant + 5)
    await endAll(store, anInstant)

    expect(await signIn(store, anInstant + 5)).toEqual(refused)
    await endAll(store, anInstant + 9)
    expect(await signIn(store, anInstant + 9)).toEqual(refused)
    expect(await signIn(store, anInstant + 10)).toEqual(inserted)
  },

  async 'insert still refuses outdated credentials after the purge'({ store }) {
    await insertAll(store, [aSessionRecord({ userId })])
    await endAll(store, anInstant)
    expect(await store.purge(anInstant + 1, 10)).toBe(1)

    expect(await signIn(store, anInstant)).toEqual(refused)
  },

  async 'endByUser leaves no session live after concurrent sign-ins with older credentials'({
    store,
    second,
  }) {
    for (let round = 0; round < 5; round += 1) {
      const user = `ada-${round}`
      const records = Array.from({ length: 20 }, () => aSessionRecord({ userId: user }))
      const signInAll = (batch: readonly SessionRecord[]) =>
        batch.map((record, index) => signIn(index % 2 ? second : store, anInstant, record))
      const before = signInAll(records.slice(0, 10))
      const ending = endAll(second, anInstant + 1, user)
      const signIns = [...before, ...signInAll(records.slice(10))]
      await Promise.all([...signIns, ending])

      expect(await liveIds(store, user, anInstant + 2)).toEqual([])
      const outcomes = await Promise.all(signIns)
      const found = await Promise.all(records.map(({ id }) => store.find(id)))
      expect(found.map((record) => record?.endReason ?? null)).toEqual(
        outcomes.map(({ status }) => (status === 'inserted' ? 'password-changed' : null)),
      )
    }
  },
})
