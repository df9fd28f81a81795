import { describe, expect, it } from 'vitest'
import type { SessionStore } from '../src/ports/session-store.ts'
import { withCacheInvalidation } from '../src/sessions/cache/with-cache-invalidation.ts'
import { reportStoreFailures } from '../src/sessions/report-store-failures.ts'
import { createLazyBackend } from '../src/setup/lazy-backend.ts'
import { withUserKeys } from '../src/stores/tables/with-user-keys.ts'
import {
  anInstant,
  aPendingSignInRecord,
  aSessionId,
  aSessionRecord,
} from '../src/testing/builders.ts'
import { createFakeClock } from '../src/testing/fake-clock.ts'
import { anEnding, aRotation, plainInsertion } from '../src/testing/fixtures.ts'

type Methods = Omit<Required<SessionStore>, 'sweepBatch'>

const id = aSessionId()
const record = aSessionRecord({ id })
const pending = aPendingSignInRecord()
const ended = { id, userId: 'ada', createdAt: anInstant, reason: 'signed-out' }

/** Arguments and a result of each method. Complete, or this does not compile. */
const calls: {
  readonly [Name in keyof Methods]: readonly [args: Parameters<Methods[Name]>, result: unknown]
} = {
  insert: [[plainInsertion(record)], { status: 'inserted', ended: [ended] }],
  normalizeUserId: [['ADA'], 'ada'],
  find: [[id], record],
  listByUser: [['ada', anInstant], [record]],
  replaceSecret: [[id, aRotation(record)], true],
  updateData: [[id, () => '{}'], true],
  touch: [[[{ id, at: anInstant }], 5], [id]],
  hasEndedWithoutSuccessor: [[id], true],
  end: [[id, anEnding()], ended],
  endByUser: [['ada', anEnding(), id], [ended]],
  addPendingSignIn: [[{ record: pending, replaces: null }], true],
  findPendingSignIn: [[pending.id], pending],
  countPendingSignInAttempt: [[pending, { limit: 5, at: 1 }], pending],
  removePendingSignIn: [[pending], true],
  endPendingSignIns: [['ada', anInstant], 3],
  purgePendingSignIns: [[3, 4], 2],
  endExpired: [[{ at: 1, idleGrace: 2, limit: 3, cursor: null }], { ended: [], next: 'more' }],
  countUnended: [[{ limit: 3, cursor: null }], { count: 3, next: 'more' }],
  claimSweep: [[{ at: 1, interval: 2 }], false],
  currentTime: [[], 7],
  purge: [[3, 4], 2],
  within: [[{}], undefined],
}
const names = Object.keys(calls)
const asynchronous = names.filter((name) => name !== 'within')
const optional = [
  'normalizeUserId',
  'hasEndedWithoutSuccessor',
  'countUnended',
  'claimSweep',
  'currentTime',
  'within',
]

interface Call {
  readonly name: string
  readonly args: readonly unknown[]
  /** Whether the method was called on the store, as that of a class must be. */
  readonly isBound: boolean
}

/** A store that records calls, and returns the result of each. */
function aRecordingStore(received: Call[], methods = names): SessionStore {
  const store: object = Object.fromEntries(
    methods.map((name) => [
      name,
      function (this: unknown, ...args: unknown[]) {
        received.push({ name, args, isBound: this === store })
        if (name === 'within') return aRecordingStore(received)
        return Promise.resolve(resultOf(name))
      },
    ]),
  )
  return Object.assign(Object(store), { sweepBatch: 7 })
}

function resultOf(name: string): unknown {
  return Object(calls)[name][1]
}

function argsOf(name: string): unknown[] {
  return Object(calls)[name][0]
}

const unusedCache = (store: SessionStore) => ({
  read: store.find.bind(store),
  observe() {},
  update() {},
  invalidate() {},
  invalidateUser() {},
})

function lazily(store: SessionStore) {
  const backend = { sweepBatch: 7, open: async () => ({ store, channel: null, async close() {} }) }
  return createLazyBackend(backend, { migrate: true, channel: false }, () => {})
}

/** Every function of the library that wraps a store, whatever the wrapped one is. */
const wrappers: readonly (readonly [
  name: string,
  wrap: (store: SessionStore) => Promise<SessionStore>,
])[] = [
  [
    'reports failures',
    async (store) => reportStoreFailures(store, { clock: createFakeClock(), report() {} }),
  ],
  ['invalidates the cache', async (store) => withCacheInvalidation(store, unusedCache(store))],
  ['opens its backend on first use', async (store) => lazily(store).store],
  [
    'has opened its backend',
    async (store) => {
      const lazy = lazily(store)
      await lazy.open()
      return lazy.store
    },
  ],
]

describe.each(wrappers)('a wrapper of a store that %s', (wrapperName, wrap) => {
  it.each(asynchronous)('forwards %s with its arguments and its result', async (name) => {
    const received: Call[] = []
    const wrapped = await wrap(aRecordingStore(received))
    const args = argsOf(name)
    const result: unknown = await Reflect.apply(Reflect.get(wrapped, name), wrapped, args)
    expect(result).toEqual(resultOf(name))
    expect(received).toEqual([{ name, args, isBound: true }])
  })

  it.each(asynchronous)('forwards %s within a transaction', async (name) => {
    const received: Call[] = []
    const transaction = {}
    const wrapped = (await wrap(aRecordingStore(received))).within?.(transaction)
    const args = argsOf(name)
    const result: unknown = await Reflect.apply(Reflect.get(Object(wrapped), name), wrapped, args)
    expect(result).toEqual(resultOf(name))
    expect(received).toEqual([
      { name: 'within', args: [transaction], isBound: true },
      { name, args, isBound: true },
    ])
    expect(received[0]?.args[0]).toBe(transaction)
  })

  it('keeps the size of the batches of sweeps', async () => {
    expect((await wrap(aRecordingStore([]))).sweepBatch).toBe(7)
  })

  it('adds no optional operation that fails to a store without it', async () => {
    const required = names.filter((name) => !optional.includes(name))
    const wrapped = await wrap(aRecordingStore([], required))
    const results = {
      normalizeUserId: (await wrapped.normalizeUserId?.('ADA')) ?? 'ADA',
      hasEndedWithoutSuccessor: (await wrapped.hasEndedWithoutSuccessor?.(id)) ?? false,
      countUnended: (await wrapped.countUnended?.({ limit: 1, cursor: null })) ?? null,
      claimSweep: (await wrapped.claimSweep?.({ at: 1, interval: 2 })) ?? true,
      currentTime: (await wrapped.currentTime?.()) ?? null,
    }
    const byDefault = {
      normalizeUserId: 'ADA',
      hasEndedWithoutSuccessor: false,
      countUnended: null,
      claimSweep: true,
      currentTime: null,
    }
    expect(results, wrapperName).toEqual(byDefault)
  })
})

describe('a store of typed user ids', () => {
  it('has every operation of the store that it wraps', () => {
    const wrapped = withUserKeys(aRecordingStore([]), async () => 'text')
    expect(names.filter((name) => typeof Reflect.get(wrapped, name) !== 'function')).toEqual([])
  })
})
