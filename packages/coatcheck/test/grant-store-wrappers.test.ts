import { describe, expect, it } from 'vitest'
import { reportGrantFailures } from '../src/grants/report-grant-failures.ts'
import { withGrantInvalidation } from '../src/grants/with-grant-invalidation.ts'
import type { GrantStore } from '../src/ports/grant-store.ts'
import { aGrantRecord, anInstant } from '../src/testing/builders.ts'
import {
  aGrantEnding,
  aGrantRotation,
  asEnded,
  grantInsertion,
} from '../src/testing/grant-store/fixtures.ts'

type Methods = Omit<Required<GrantStore>, 'sweepBatch'>

const record = aGrantRecord()
const { id, userId, clientId } = record
const ended = asEnded(record, 'ended-by-user')

/** Arguments and a result of each method. Complete, or this does not compile. */
const calls: {
  readonly [Name in keyof Methods]: readonly [args: Parameters<Methods[Name]>, result: unknown]
} = {
  insert: [[grantInsertion(record)], { status: 'inserted', ended: [ended] }],
  normalizeUserId: [['ADA'], 'ada'],
  find: [[id], record],
  listByUser: [[userId, anInstant], [record]],
  rotate: [[id, aGrantRotation(record)], true],
  end: [[id, aGrantEnding()], ended],
  endByUser: [[userId, aGrantEnding()], [ended]],
  endByClient: [[clientId, aGrantEnding(), 7], [ended]],
  endExpired: [[{ at: 1, limit: 3, cursor: null }], { ended: [], next: 'more' }],
  purge: [[3, 4], 2],
}
const names = Object.keys(calls)

interface Call {
  readonly name: string
  readonly args: readonly unknown[]
  /** Whether the method was called on the store, as that of a class must be. */
  readonly isBound: boolean
}

/** A store that records calls, and returns the result of each. */
function aRecordingStore(received: Call[], methods = names): GrantStore {
  const store: object = Object.fromEntries(
    methods.map((name) => [
      name,
      async function (this: unknown, ...args: unknown[]) {
        received.push({ name, args, isBound: this === store })
        return Object(calls)[name][1]
      },
    ]),
  )
  return Object.assign(Object(store), { sweepBatch: 7 })
}

const unusedCache = { observe() {}, invalidate() {}, invalidateUser() {}, invalidateAll() {} }

const wrappers: readonly (readonly [string, (store: GrantStore) => GrantStore])[] = [
  ['reports failures', (store) => reportGrantFailures(store, () => {})],
  ['invalidates the cache', (store) => withGrantInvalidation(store, unusedCache)],
]

describe.each(wrappers)('a wrapper of a grant store that %s', (_, wrap) => {
  it.each(names)('forwards %s with its arguments and its result', async (name) => {
    const received: Call[] = []
    const wrapped = wrap(aRecordingStore(received))
    const [args, result] = Object(calls)[name]

    expect(await Reflect.apply(Reflect.get(wrapped, name), wrapped, args)).toEqual(result)
    expect(received).toEqual([{ name, args, isBound: true }])
  })

  it('keeps the optional members of the store, and adds none', () => {
    expect(wrap(aRecordingStore([])).sweepBatch).toBe(7)
    const required = names.filter((name) => name !== 'normalizeUserId')
    expect(wrap(aRecordingStore([], required)).normalizeUserId).toBeUndefined()
  })
})

describe('a wrapper of a grant store that reports failures', () => {
  it.each(names)('reports a failure of %s and rejects with it', async (name) => {
    const failure = new Error('planned')
    const reported: unknown[] = []
    const failing = { ...aRecordingStore([]), [name]: () => Promise.reject(failure) }
    const wrapped = reportGrantFailures(failing, (...args) => reported.push(args))
    const [args] = Object(calls)[name]

    const calling: Promise<unknown> = Reflect.apply(Reflect.get(wrapped, name), wrapped, args)
    await expect(calling).rejects.toBe(failure)
    expect(reported).toEqual([[name, failure]])
  })
})
