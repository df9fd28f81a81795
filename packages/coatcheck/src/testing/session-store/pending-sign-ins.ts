import { expect } from 'vitest'
import type { PendingSignInRecord } from '../../domain/pending-sign-in.ts'
import { hour, minute } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { systemClock } from '../../ports/system.ts'
import {
  anInstant,
  aPendingSignInRecord,
  aSecretHash,
  aSessionRecord,
  toPendingSignInId,
  toSessionId,
} from '../builders.ts'
import { anEnding, insertAll } from '../fixtures.ts'
import { sessionStoreCases } from './case.ts'
import { hostileTexts } from './hostile-text.ts'

const userId = 'ada'

/** Adds pending sign-ins one after another. */
export async function addAll(
  store: SessionStore,
  records: readonly PendingSignInRecord[],
): Promise<void> {
  for (const record of records) {
    expect(await store.addPendingSignIn({ record, replaces: null })).toBe(true)
  }
}

async function findAll(store: SessionStore, records: readonly PendingSignInRecord[]) {
  return Promise.all(records.map(({ id }) => store.findPendingSignIn(id)))
}

function aWrongKey(record: PendingSignInRecord): PendingSignInRecord {
  return { ...record, secretHash: aSecretHash() }
}

export const pendingSignInCases = sessionStoreCases('pending sign-ins', {
  async 'findPendingSignIn returns an added record unchanged, also to another process'({
    store,
    second,
  }) {
    const texts = Object.values(hostileTexts)
    const records = [
      aPendingSignInRecord(),
      aPendingSignInRecord({ remember: true, attempts: 7, methods: [], state: 'x'.repeat(4_096) }),
      aPendingSignInRecord({
        methods: [
          { method: 'pwd', at: anInstant - 1 },
          { method: 'rba', at: anInstant },
        ],
      }),
      ...texts.map((text) => aPendingSignInRecord({ userId: text, state: text })),
    ]
    await addAll(store, records)
    expect(await findAll(second, records)).toEqual(records)
  },

  async 'findPendingSignIn returns null for an id that only resembles one'({ store }) {
    const id = toPendingSignInId('caf\u00e9')
    await addAll(store, [aPendingSignInRecord({ id })])
    for (const text of [
      '',
      'CAF\u00c9',
      'cafe\u0301',
      'caf',
      'caf\u00e9 ',
      'caf%',
      'caf\u00e9\u0000x',
    ]) {
      expect(await store.findPendingSignIn(toPendingSignInId(text)).catch(() => null)).toBeNull()
    }
  },

  async 'a pending sign-in and a session with one id are separate'({ store }) {
    const session = aSessionRecord({ userId })
    const { id, secretHash } = session
    const pending = aPendingSignInRecord({ id: toPendingSignInId(id), secretHash, userId })
    await insertAll(store, [session])
    await addAll(store, [pending])
    expect(await store.listByUser(userId, anInstant)).toEqual([session])

    await store.end(id, anEnding())
    expect(await store.findPendingSignIn(pending.id)).toEqual(pending)

    const other = aPendingSignInRecord({ userId })
    await addAll(store, [other])
    expect(await store.find(toSessionId(other.id))).toBeNull()
    expect(await store.removePendingSignIn(pending)).toBe(true)
    expect((await store.find(id))?.endReason).toBe('signed-out')
  },

  async 'addPendingSignIn rejects an id in use and changes nothing'({ store, second }) {
    const record = aPendingSignInRecord()
    const presented = aPendingSignInRecord()
    await addAll(store, [record, presented])
    const again = aPendingSignInRecord({ id: record.id })
    await expect(
      second.addPendingSignIn({ record: again, replaces: presented }),
    ).rejects.toMatchObject({ code: 'id-in-use' })
    expect(await findAll(store, [record, presented])).toEqual([record, presented])
  },

  async 'addPendingSignIn removes the one that it replaces, of any user, by its secret only'({
    store,
  }) {
    const first = aPendingSignInRecord()
    await addAll(store, [first])
    for (const replaces of [aWrongKey(first), aPendingSignInRecord()]) {
      await store.addPendingSignIn({ record: aPendingSignInRecord(), replaces })
    }
    expect(await store.findPendingSignIn(first.id)).toEqual(first)

    await store.addPendingSignIn({ record: aPendingSignInRecord(), replaces: first })
    expect(await store.findPendingSignIn(first.id)).toBeNull()
  },

  async 'addPendingSignIn keeps the 20 newest of the user'({ store, second }) {
    const records = Array.from({ length: 25 }, (_, index) =>
      aPendingSignInRecord({ userId, createdAt: anInstant + ((index * 7) % 25) }),
    )
    const other = aPendingSignInRecord({ createdAt: anInstant - hour })
    await addAll(store, [other])
    for (const [index, record] of records.entries()) {
      await addAll(index % 2 === 0 ? store : second, [record])
    }
    const found = (await findAll(store, records)).filter((each) => each !== null)
    const instants = found.map(({ createdAt }) => createdAt - anInstant).toSorted((a, b) => a - b)
    expect(instants).toEqual(Array.from({ length: 20 }, (_, index) => index + 5))
    expect(await store.findPendingSignIn(other.id)).toEqual(other)
  },

  async 'countPendingSignInAttempt counts up to one more than the limit'({ store }) {
    const record = aPendingSignInRecord({ state: '/links' })
    await addAll(store, [record])
    const count = { limit: 2, at: anInstant + 1 }
    for (const attempts of [1, 2, 3]) {
      expect(await store.countPendingSignInAttempt(record, count)).toEqual({ ...record, attempts })
    }
    expect(await store.countPendingSignInAttempt(record, count)).toBeNull()
    expect((await store.findPendingSignIn(record.id))?.attempts).toBe(3)
  },

  async 'countPendingSignInAttempt allows exactly the limit of 50 concurrent calls'({
    store,
    second,
  }) {
    const record = aPendingSignInRecord()
    await addAll(store, [record])
    const count = { limit: 5, at: anInstant + 1 }
    const counted = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? store : second).countPendingSignInAttempt(record, count),
      ),
    )
    const attempts = counted.flatMap((each) => each?.attempts ?? [])
    expect(attempts.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6])
  },

  async 'countPendingSignInAttempt counts nothing for a wrong secret or an expired one'({ store }) {
    const record = aPendingSignInRecord()
    await addAll(store, [record])
    const at = record.expiresAt
    const limit = 5
    expect(await store.countPendingSignInAttempt(record, { limit, at })).toBeNull()
    expect(await store.countPendingSignInAttempt(aWrongKey(record), { limit, at: 0 })).toBeNull()
    const missing = aPendingSignInRecord()
    expect(await store.countPendingSignInAttempt(missing, { limit, at: 0 })).toBeNull()
    expect(await store.findPendingSignIn(record.id)).toEqual(record)

    const last = await store.countPendingSignInAttempt(record, { limit, at: at - 1 })
    expect(last?.attempts).toBe(1)
  },

  async 'removePendingSignIn removes one by its secret, once'({ store, second }) {
    const [record, other] = [aPendingSignInRecord({ userId }), aPendingSignInRecord({ userId })]
    await addAll(store, [record, other])
    expect(await store.removePendingSignIn(aWrongKey(record))).toBe(false)
    expect(await store.findPendingSignIn(record.id)).toEqual(record)

    const removed = [store, second, store].map((view) => view.removePendingSignIn(record))
    expect((await Promise.all(removed)).filter(Boolean)).toHaveLength(1)
    expect(await findAll(store, [record, other])).toEqual([null, other])
  },

  async 'purgePendingSignIns removes those that expired before the instant, up to the limit'({
    store,
    second,
  }) {
    const records = Array.from({ length: 7 }, (_, index) =>
      aPendingSignInRecord({ createdAt: anInstant + index }),
    )
    await addAll(store, records)
    const [first] = records
    const expiresAt = first?.expiresAt ?? 0
    expect(await store.purgePendingSignIns(expiresAt, 10)).toBe(0)
    expect(await store.purgePendingSignIns(expiresAt + 1, 10)).toBe(1)
    expect(await second.purgePendingSignIns(expiresAt + minute, 4)).toBe(4)
    expect(await store.purgePendingSignIns(expiresAt + minute, 4)).toBe(2)
    expect(await store.purgePendingSignIns(expiresAt + minute, 4)).toBe(0)
  },

  async 'purgePendingSignIns by a clock that is ahead removes none that is valid'({ store }) {
    const record = aPendingSignInRecord({ createdAt: systemClock.now() })
    await addAll(store, [record])
    expect(await store.purgePendingSignIns(record.expiresAt + hour, 10)).toBe(0)
    expect(await store.findPendingSignIn(record.id)).toEqual(record)
  },
})
