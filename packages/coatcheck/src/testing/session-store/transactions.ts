import { expect } from 'vitest'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aPendingSignInRecord, aSessionRecord } from '../builders.ts'
import { anEnding, insertAll, liveIds, plainInsertion } from '../fixtures.ts'
import type { OpenedTransaction, SessionStoreContractCase } from './case.ts'

const userId = 'ada'
const oldCredentials = { credentialsCheckedAt: anInstant - 1_000 }

/**
 * Reads so often that an operation which does not wait for the transaction would finish before. On the
 * transaction's connection: a pooler may have no other one left.
 */
async function letRun(within: SessionStore): Promise<void> {
  for (let read = 0; read < 10; read += 1) await within.find(aSessionRecord().id)
}

interface TransactionViews {
  /** The store within the transaction. */
  readonly within: SessionStore
  readonly open: OpenedTransaction
  /** Another connection. */
  readonly other: SessionStore
}

/** Creates cases with an open transaction. They do not apply to a store without transactions. */
function casesInTransactions(
  bodies: Readonly<Record<string, (views: TransactionViews) => Promise<void>>>,
): readonly SessionStoreContractCase[] {
  return Object.entries(bodies).map(([name, body]) => ({
    theme: 'transactions of the app',
    name,
    async run(openStore) {
      await using opened = await openStore()
      const { store, second = store, begin } = opened
      if (store.within === undefined) return { notRun: 'the store has no `within`' }
      if (begin === undefined) return { notRun: 'no `begin` was opened' }
      const open = await begin()
      try {
        await body({ within: store.within(open.transaction), open, other: second })
        return undefined
      } catch (error) {
        // Its locks would block the next case. It may have ended.
        await open.rollBack().catch(() => {})
        throw error
      }
    },
  }))
}

/** Adds a pending sign-in and completes it. */
async function completeWithin(within: SessionStore) {
  const pending = aPendingSignInRecord({ userId })
  await within.addPendingSignIn({ record: pending, replaces: null })
  await within.countPendingSignInAttempt(pending, { limit: 5, at: anInstant })
  const session = aSessionRecord({ userId })
  const insertion = plainInsertion(session, { completes: pending })
  expect(await within.insert(insertion)).toMatchObject({ status: 'inserted' })
  expect(await within.findPendingSignIn(pending.id)).toBeNull()
  return { pending, session }
}

export const transactionCases = casesInTransactions({
  async 'within shows changes to others at the commit and not before'({ within, open, other }) {
    const record = aSessionRecord({ userId })
    expect(await within.insert(plainInsertion(record))).toMatchObject({ status: 'inserted' })
    expect(await within.find(record.id)).toEqual(record)
    expect(await other.find(record.id)).toBeNull()

    await open.commit()
    expect(await other.find(record.id)).toEqual(record)
  },

  async 'within leaves nothing behind after a rollback'({ within, open, other }) {
    const record = aSessionRecord({ userId })
    await within.insert(plainInsertion(record))
    await within.endByUser(userId, anEnding(), null)

    await open.rollBack()
    expect(await other.find(record.id)).toBeNull()
    const signIn = plainInsertion(aSessionRecord({ userId }), oldCredentials)
    expect(await other.insert(signIn)).toMatchObject({ status: 'inserted' })
  },

  async 'within completes a pending sign-in at the commit'({ within, open, other }) {
    const { pending, session } = await completeWithin(within)
    expect(await other.find(session.id)).toBeNull()
    await open.commit()
    expect(await other.find(session.id)).toEqual(session)
    expect(await other.findPendingSignIn(pending.id)).toBeNull()
  },

  async 'within leaves no pending sign-in and no session behind after a rollback'({
    within,
    open,
    other,
  }) {
    const { pending, session } = await completeWithin(within)
    const kept = aPendingSignInRecord({ userId })
    await within.addPendingSignIn({ record: kept, replaces: null })
    await within.endPendingSignIns(userId, anInstant)
    await open.rollBack()
    for (const { id } of [pending, kept]) expect(await other.findPendingSignIn(id)).toBeNull()
    expect(await other.find(session.id)).toBeNull()
    const record = aPendingSignInRecord({ userId, ...oldCredentials })
    expect(await other.addPendingSignIn({ record, replaces: null })).toBe(true)
  },

  async 'within ends pending sign-ins, so that a concurrent one with old credentials is refused'({
    within,
    open,
    other,
  }) {
    await within.endPendingSignIns(userId, anInstant)
    const record = aPendingSignInRecord({ userId, ...oldCredentials })
    const adding = other.addPendingSignIn({ record, replaces: null })
    await letRun(within)
    await open.commit()
    expect(await adding).toBe(false)
  },

  async 'within ends all sessions, so that a concurrent sign-in with old credentials is refused'({
    within,
    open,
    other,
  }) {
    await within.endByUser(userId, anEnding({ at: anInstant }), null)
    const signIn = other.insert(plainInsertion(aSessionRecord({ userId }), oldCredentials))
    await letRun(within)

    await open.commit()
    expect(await signIn).toEqual({ status: 'refused', reason: 'credentials-outdated' })
  },

  async 'within inserts a session that a concurrent end of all sessions ends'({
    within,
    open,
    other,
  }) {
    const record = aSessionRecord({ userId })
    await within.insert(plainInsertion(record, oldCredentials))
    const ended = other.endByUser(userId, anEnding({ at: anInstant }), null)
    await letRun(within)

    await open.commit()
    expect((await ended).map(({ id }) => id)).toEqual([record.id])
    expect(await liveIds(other, userId)).toEqual([])
  },

  async 'within holds the cap against concurrent sign-ins'({ within, open, other }) {
    const cap = { limit: 1, whenFull: 'evict-oldest' } as const
    const records = [aSessionRecord({ userId }), aSessionRecord({ userId })] as const
    await within.insert(plainInsertion(records[0], { cap }))
    const signIn = other.insert(plainInsertion(records[1], { cap }))
    await letRun(within)

    await open.commit()
    expect(await signIn).toMatchObject({ status: 'inserted', ended: [{ id: records[0].id }] })
    expect(await liveIds(other, userId)).toEqual([records[1].id])
  },

  async 'within changes nothing if an operation fails, and the transaction continues'({
    within,
    open,
    other,
  }) {
    const [record, replaced] = [aSessionRecord({ userId }), aSessionRecord({ userId })]
    await insertAll(within, [record, replaced])
    const failing = within.insert(plainInsertion(record, { replaces: replaced.id }))
    await expect(failing).rejects.toMatchObject({ code: 'id-in-use' })
    const last = aSessionRecord({ userId })
    await within.insert(plainInsertion(last))

    await open.commit()
    const expected = [record, replaced, last].map(({ id }) => id)
    expect((await liveIds(other, userId)).toSorted()).toEqual(expected.toSorted())
  },

  async 'within runs concurrent operations of one transaction one after another'({
    within,
    open,
    other,
  }) {
    const [first, ...records] = ['a', 'a', 'b', 'b', 'c'].map((id) =>
      aSessionRecord({ userId: id }),
    )
    if (first === undefined) throw new Error('Expected a record')
    await within.insert(plainInsertion(first))
    // One of them fails in the middle, which must not undo the others.
    const insertions = records.map((record) => within.insert(plainInsertion(record)))
    const failing = within.insert(plainInsertion({ ...first, userId: 'd' }))
    insertions.push(within.insert(plainInsertion(aSessionRecord({ userId: 'e' }))))
    await expect(failing).rejects.toMatchObject({ code: 'id-in-use' })
    await Promise.all(insertions)
    await Promise.all([
      within.endByUser('b', anEnding(), null),
      within.touch([{ id: first.id, at: anInstant + 5_000 }], 0),
      within.endByUser('c', anEnding(), null),
    ])

    await open.commit()
    const live = ['a', 'b', 'c', 'd', 'e'].map((id) => liveIds(other, id))
    expect((await Promise.all(live)).map(({ length }) => length)).toEqual([2, 0, 0, 0, 1])
  },

  async 'within rejects operations after the transaction has ended'({ within, open }) {
    await open.commit()
    const operations = [
      within.insert(plainInsertion(aSessionRecord())),
      within.find(aSessionRecord().id),
      within.listByUser(userId, anInstant),
    ]
    const rejected = { status: 'rejected', reason: { name: 'SessionError' } }
    expect(await Promise.allSettled(operations)).toMatchObject(operations.map(() => rejected))
  },
})
