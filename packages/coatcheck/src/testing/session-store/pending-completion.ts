import { expect } from 'vitest'
import type { PendingSignInRecord } from '../../domain/pending-sign-in.ts'
import type { SessionRecord } from '../../domain/session.ts'
import type { InsertOutcome, SessionInsertion, SessionStore } from '../../ports/session-store.ts'
import { anInstant, aPendingSignInRecord, aSecretHash, aSessionRecord } from '../builders.ts'
import { expectUnchanged, findExisting, insertAll, plainInsertion } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'
import { addAll } from './pending-sign-ins.ts'

const userId = 'ada'
const notPending = { status: 'refused', reason: 'pending-sign-in-ended' }

/** Adds a pending sign-in with one counted attempt. */
async function addAttempted(
  store: SessionStore,
  overrides: Partial<PendingSignInRecord> = {},
): Promise<PendingSignInRecord> {
  const record = aPendingSignInRecord({ userId, attempts: 1, ...overrides })
  await addAll(store, [record])
  return record
}

function complete(
  store: SessionStore,
  completes: PendingSignInRecord,
  overrides: Partial<SessionInsertion> = {},
): Promise<InsertOutcome> {
  const record = aSessionRecord({ userId: completes.userId })
  return store.insert(plainInsertion(record, { completes, ...overrides }))
}

export const pendingCompletionCases = sessionStoreCases('completion of pending sign-ins', {
  async 'insert removes the pending sign-in that it completes, and no other'({ store, second }) {
    const [pending, other] = [await addAttempted(store), await addAttempted(store)]
    const replaced = aSessionRecord()
    await insertAll(store, [replaced])
    const record = aSessionRecord({ userId })

    const insertion = plainInsertion(record, { completes: pending, replaces: replaced.id })
    expect(await second.insert(insertion)).toMatchObject({
      status: 'inserted',
      ended: [{ id: replaced.id, reason: 'signed-in-again' }],
    })

    expect(await store.findPendingSignIn(pending.id)).toBeNull()
    expect(await store.findPendingSignIn(other.id)).toEqual(other)
    await expectUnchanged(store, [record])
  },

  async 'insert completes a pending sign-in once'({ store, second }) {
    const pending = await addAttempted(store)
    expect(await complete(store, pending)).toMatchObject({ status: 'inserted' })
    expect(await complete(store, pending)).toEqual(notPending)
    expect(await complete(second, pending)).toEqual(notPending)
    expect(await store.listByUser(userId, anInstant)).toHaveLength(1)
  },

  async 'insert completes a pending sign-in in exactly one of 50 concurrent calls'({
    store,
    second,
  }) {
    const pending = await addAttempted(store)
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => complete(index % 2 ? store : second, pending)),
    )
    const inserted = outcomes.filter(({ status }) => status === 'inserted')
    expect(inserted).toHaveLength(1)
    expect(outcomes.filter(({ status }) => status === 'refused')[0]).toEqual(notPending)
    expect(await store.listByUser(userId, anInstant)).toHaveLength(1)
  },

  async 'insert refuses to complete what is not pending, and changes nothing'({ store }) {
    const pending = await addAttempted(store)
    const unattempted = await addAttempted(store, { attempts: 0 })
    const existing = aSessionRecord({ userId })
    await insertAll(store, [existing])
    const ofOther = aSessionRecord({ userId: 'grace' })
    const expired = aSessionRecord({ userId, createdAt: pending.expiresAt })
    const insertions: readonly [SessionRecord, PendingSignInRecord][] = [
      [aSessionRecord({ userId }), { ...pending, secretHash: aSecretHash() }],
      [aSessionRecord({ userId }), aPendingSignInRecord({ userId, attempts: 1 })],
      [aSessionRecord({ userId }), unattempted],
      [ofOther, pending],
      [expired, pending],
    ]
    const cap = { limit: 1, whenFull: 'evict-oldest' } as const
    for (const [record, completes] of insertions) {
      const insertion = plainInsertion(record, { completes, replaces: existing.id, cap })
      expect(await store.insert(insertion)).toEqual(notPending)
      expect(await store.find(record.id)).toBeNull()
      await expectUnchanged(store, [existing])
    }
    expect(await store.findPendingSignIn(pending.id)).toEqual(pending)
    expect(await store.findPendingSignIn(unattempted.id)).toEqual(unattempted)
  },

  async 'insert that is refused or rejected keeps the pending sign-in'({ store }) {
    const pending = await addAttempted(store)
    const existing = aSessionRecord({ userId })
    await insertAll(store, [existing])

    const full = { cap: { limit: 1, whenFull: 'refuse' } } as const
    const refused = { status: 'refused', reason: 'session-cap' }
    expect(await complete(store, pending, full)).toEqual(refused)
    const duplicate = complete(store, pending, { record: existing })
    await expect(duplicate).rejects.toMatchObject({ code: 'id-in-use' })

    expect(await store.findPendingSignIn(pending.id)).toEqual(pending)
    expect(await complete(store, pending)).toMatchObject({ status: 'inserted' })
  },

  async 'insert of a sign-in in one step concerns no pending sign-in'({ store }) {
    const pending = await addAttempted(store)
    const record = aSessionRecord({ userId })
    await insertAll(store, [record])
    expect(await store.findPendingSignIn(pending.id)).toEqual(pending)
    expect(await findExisting(store, record.id)).toEqual(record)
  },
})
