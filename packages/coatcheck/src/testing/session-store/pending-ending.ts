import { expect } from 'vitest'
import type { PendingSignInRecord } from '../../domain/pending-sign-in.ts'
import { day, hour, type Instant, minute, second as oneSecond } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { systemClock } from '../../ports/system.ts'
import { anInstant, aPendingSignInRecord, aSessionRecord } from '../builders.ts'
import { anEnding, expectUnchanged, insertAll, plainInsertion } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'
import { addAll } from './pending-sign-ins.ts'

const userId = 'ada'

function add(
  store: SessionStore,
  credentialsCheckedAt: Instant,
  overrides: Partial<PendingSignInRecord> = {},
): Promise<boolean> {
  const record = aPendingSignInRecord({ userId, credentialsCheckedAt, ...overrides })
  return store.addPendingSignIn({ record, replaces: null })
}

/** Ends everything that is pending for the user, as a change of a factor or of the password does. */
const endings = {
  async endPendingSignIns(store: SessionStore, at: Instant) {
    await store.endPendingSignIns(userId, at)
  },
  async endByUser(store: SessionStore, at: Instant) {
    await store.endByUser(userId, anEnding({ reason: 'password-changed', at }), null)
  },
}

export const pendingEndingCases = sessionStoreCases('ending of pending sign-ins', {
  async 'endPendingSignIns removes those of the user, and ends no session'({ store, second }) {
    const own = [aPendingSignInRecord({ userId }), aPendingSignInRecord({ userId })]
    const other = aPendingSignInRecord({ userId: 'Ada' })
    await addAll(store, [...own, other])
    const session = aSessionRecord({ userId })
    await insertAll(store, [session])

    expect(await second.endPendingSignIns(userId, anInstant)).toBe(2)

    for (const { id } of own) expect(await store.findPendingSignIn(id)).toBeNull()
    expect(await store.findPendingSignIn(other.id)).toEqual(other)
    await expectUnchanged(store, [session])
    expect(await store.endPendingSignIns(userId, anInstant)).toBe(0)
  },

  async 'endPendingSignIns refuses no sign-in in one step'({ store }) {
    await store.endPendingSignIns(userId, anInstant)
    const record = aSessionRecord({ userId })
    const insertion = plainInsertion(record, { credentialsCheckedAt: anInstant - minute })
    expect(await store.insert(insertion)).toMatchObject({ status: 'inserted' })
  },

  async 'endByUser removes the pending sign-ins of the user, also if one session is excepted'({
    store,
  }) {
    const session = aSessionRecord({ userId })
    await insertAll(store, [session])
    const pending = aPendingSignInRecord({ userId })
    const other = aPendingSignInRecord()
    await addAll(store, [pending, other])
    await store.endByUser(userId, anEnding(), session.id)
    expect(await store.findPendingSignIn(pending.id)).toBeNull()
    expect(await store.findPendingSignIn(other.id)).toEqual(other)
  },

  async 'addPendingSignIn refuses credentials checked before or when all were ended, not after'({
    store,
    second,
  }) {
    for (const [index, end] of Object.values(endings).entries()) {
      const at = anInstant + index * hour
      await end(store, at)
      expect(await add(second, at - 1)).toBe(false)
      expect(await add(second, at)).toBe(false)
      expect(await add(second, at - 1, { userId: 'Ada' })).toBe(true)
      expect(await add(second, at + 1)).toBe(true)
    }
  },

  async 'addPendingSignIn compares with the latest end of either kind, whatever the order'({
    store,
  }) {
    await endings.endPendingSignIns(store, anInstant + 5)
    await endings.endByUser(store, anInstant)
    await endings.endPendingSignIns(store, anInstant + 1)
    expect(await add(store, anInstant + 5)).toBe(false)
    await endings.endByUser(store, anInstant + 9)
    expect(await add(store, anInstant + 9)).toBe(false)
    expect(await add(store, anInstant + 10)).toBe(true)
  },

  async 'endPendingSignIns after all sessions were ended refuses none that is checked afterwards'({
    store,
  }) {
    await endings.endByUser(store, anInstant)
    await endings.endPendingSignIns(store, anInstant + 1)
    expect(await add(store, anInstant + 1)).toBe(false)
    expect(await add(store, anInstant + 2)).toBe(true)
  },

  async 'addPendingSignIn that is refused keeps the one that it would replace'({ store }) {
    const presented = aPendingSignInRecord()
    await addAll(store, [presented])
    await endings.endPendingSignIns(store, anInstant)
    const record = aPendingSignInRecord({ userId, credentialsCheckedAt: anInstant })
    expect(await store.addPendingSignIn({ record, replaces: presented })).toBe(false)
    expect(await store.findPendingSignIn(presented.id)).toEqual(presented)
  },

  async 'none that is added while all are ended remains'({ store, second }) {
    for (const end of Object.values(endings)) {
      for (let round = 0; round < 10; round += 1) {
        const at = anInstant + round * minute
        const record = aPendingSignInRecord({ userId, credentialsCheckedAt: at - 1 })
        const adding = () => second.addPendingSignIn({ record, replaces: null })
        const ending = () => end(store, at)
        const order = round % 2 === 0 ? [adding, ending] : [ending, adding]
        await Promise.all(order.map((run) => run()))
        expect(await store.findPendingSignIn(record.id)).toBeNull()
      }
    }
  },

  async 'no session follows from a pending sign-in that is completed while all are ended'({
    store,
    second,
  }) {
    for (let round = 0; round < 10; round += 1) {
      const at = anInstant + round * minute
      const credentialsCheckedAt = at - oneSecond
      const completes = aPendingSignInRecord({ userId, credentialsCheckedAt, attempts: 1 })
      await addAll(store, [completes])
      const record = aSessionRecord({ userId })
      const insertion = plainInsertion(record, { completes, credentialsCheckedAt })
      const completing = () => second.insert(insertion)
      const ending = () => endings.endByUser(store, at)
      const order = round % 2 === 0 ? [completing, ending] : [ending, completing]
      await Promise.all<unknown>(order.map((run) => run()))
      expect(await store.listByUser(userId, anInstant)).toEqual([])
    }
  },

  async 'a session follows from a pending sign-in only if it was completed before all were ended'({
    store,
    second,
  }) {
    for (let round = 0; round < 10; round += 1) {
      const at = anInstant + round * minute
      const completes = aPendingSignInRecord({ userId, credentialsCheckedAt: at - 1, attempts: 1 })
      await addAll(store, [completes])
      const record = aSessionRecord({ userId })
      const insertion = plainInsertion(record, { completes, credentialsCheckedAt: at - 1 })
      const [outcome, ended] = await Promise.all([
        second.insert(insertion),
        store.endPendingSignIns(userId, at),
      ])
      expect(ended).toBe(outcome.status === 'inserted' ? 0 : 1)
      expect((await store.find(record.id)) !== null).toBe(ended === 0)
    }
  },

  async 'endPendingSignIns by a clock that is ahead refuses none that is checked afterwards'({
    store,
    second,
  }) {
    for (const error of [2 * minute, day]) {
      await endings.endPendingSignIns(store, systemClock.now() + error)
      expect(await add(second, systemClock.now() + oneSecond)).toBe(true)
      expect(await add(second, anInstant)).toBe(false)
    }
  },

  async 'addPendingSignIn by a clock that is ahead is refused after all were ended'({ store }) {
    const ahead = hour
    const credentialsCheckedAt = systemClock.now() + ahead - oneSecond
    await endings.endPendingSignIns(store, systemClock.now())
    const createdAt = systemClock.now() + ahead
    expect(await add(store, credentialsCheckedAt, { createdAt })).toBe(false)
  },
})
