import { describe, expect, it } from 'vitest'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import { SessionError, type StoreFailureCode } from '../domain/errors.ts'
import type { SessionId } from '../domain/session.ts'
import { minute, second } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { reportStoreFailures } from './report-store-failures.ts'

/** Sessions on a store whose every method fails with an error while one is set. */
function openFailing() {
  const memory = createMemorySessionStore()
  const planned: { error: unknown } = { error: null }
  const store = new Proxy(memory, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        if (planned.error !== null) throw planned.error
        return Reflect.apply(method, target, args)
      }
    },
  })
  const opened = openSessions({ store })
  const failures = () => opened.events.filter((event) => event.type === 'store-failed')
  return { ...opened, planned, failures }
}

const failure = (code: StoreFailureCode) => new SessionError(code, `what to do about ${code}`)

/** Complete, or this does not compile. */
const storeMethods = Object.keys({
  normalizeUserId: true,
  insert: true,
  find: true,
  listByUser: true,
  replaceSecret: true,
  updateData: true,
  touch: true,
  hasEndedWithoutSuccessor: true,
  end: true,
  endByUser: true,
  addPendingSignIn: true,
  findPendingSignIn: true,
  countPendingSignInAttempt: true,
  removePendingSignIn: true,
  endPendingSignIns: true,
  purgePendingSignIns: true,
  endExpired: true,
  countUnended: true,
  claimSweep: true,
  currentTime: true,
  purge: true,
} satisfies Record<Exclude<keyof SessionStore, 'sweepBatch' | 'within'>, true>)

/** Ignores the rejection, as a guard does that responds 503. */
async function ignore(result: Promise<unknown>): Promise<void> {
  await result.catch(() => {})
}

describe('store-failed', () => {
  it('is reported for a failure in a transaction of the app', async () => {
    const events: string[] = []
    const memory = createMemorySessionStore()
    const failing = { ...memory, endByUser: () => Promise.reject(failure('store-unavailable')) }
    const store = reportStoreFailures(
      { ...memory, within: () => failing },
      { clock: createFakeClock(), report: ({ type }) => events.push(type) },
    )
    const ending = { reason: 'signed-out', at: 0, by: null } as const
    await ignore(store.within?.({})?.endByUser('ada', ending, null) ?? Promise.resolve())
    expect(events).toEqual(['store-failed'])
  })

  it('is reported for a failure of every method of the store, with its name', async () => {
    const clock = createFakeClock()
    const operations: string[] = []
    const memory = createMemorySessionStore()
    const failing = Object.fromEntries(
      storeMethods.map((name) => [name, () => Promise.reject(failure('store-unavailable'))]),
    )
    const store = reportStoreFailures({ ...memory, ...failing } satisfies SessionStore, {
      clock,
      report: (event) => event.type === 'store-failed' && operations.push(event.operation),
    })
    for (const name of storeMethods) {
      await ignore(Reflect.apply(Reflect.get(store, name), store, []))
      clock.advance(minute)
    }
    expect(operations).toEqual(storeMethods)
  })

  it.each<StoreFailureCode>([
    'not-migrated',
    'missing-privilege',
    'read-only',
    'wrong-column-type',
    'connection-refused',
    'store-unavailable',
  ])('names %s and says what to do', async (code) => {
    const { sessions, planned, failures, clock } = openFailing()
    planned.error = failure(code)
    await ignore(sessions.listForUser('ada'))
    expect(failures()).toEqual([
      {
        type: 'store-failed',
        at: clock.now(),
        code,
        cause: `what to do about ${code}`,
        operation: 'listByUser',
        suppressed: 0,
      },
    ])
  })

  it('is reported at most once a minute and code, with the number of failures between', async () => {
    const { sessions, planned, failures, clock } = openFailing()
    planned.error = failure('connection-refused')
    for (let n = 0; n < 100; n += 1) await ignore(sessions.listForUser('ada'))
    planned.error = failure('not-migrated')
    await ignore(sessions.listForUser('ada'))
    expect(failures().map(({ code }) => code)).toEqual(['connection-refused', 'not-migrated'])

    planned.error = failure('connection-refused')
    clock.advance(minute - 1)
    await ignore(sessions.listForUser('ada'))
    expect(failures()).toHaveLength(2)
    clock.advance(1)
    await ignore(sessions.listForUser('ada'))
    expect(failures()[2]).toMatchObject({ code: 'connection-refused', suppressed: 100 })
  })

  it('is reported again after the clock was set back', async () => {
    const { sessions, planned, failures, clock } = openFailing()
    planned.error = failure('store-unavailable')
    await ignore(sessions.listForUser('ada'))
    clock.advance(-10 * minute)
    await ignore(sessions.listForUser('ada'))
    expect(failures()).toHaveLength(2)
  })

  it('is reported for activity that is written in the background', async () => {
    const { sessions, planned, failures, clock } = openFailing()
    const { token } = await signIn(sessions)
    clock.advance(2 * second)
    await sessions.verify(token)
    planned.error = failure('store-unavailable')
    await ignore(sessions.flushActivity())
    expect(failures()).toMatchObject([{ operation: 'touch' }])
  })

  it('is not reported if the store works and the caller or a record is wrong', async () => {
    const { sessions, planned, failures } = openFailing()
    for (const code of [
      'corrupt-record',
      'id-in-use',
      'unknown-user',
      'invalid-argument',
    ] as const) {
      planned.error = new SessionError(code, 'planned')
      await ignore(sessions.listForUser('ada'))
    }
    expect(failures()).toEqual([])
  })

  it('does not contain the message of an error that is not a SessionError', async () => {
    const { sessions, planned, failures } = openFailing()
    planned.error = new Error('row (ada, a-secret-hash)')
    await ignore(sessions.listForUser('ada'))
    expect(failures()).toMatchObject([{ code: 'store-unavailable' }])
    expect(JSON.stringify(failures())).not.toContain('secret')
  })

  it('keeps the methods of a store that is an instance of a class', async () => {
    class Store {
      readonly #id = 'own state'
      async find(): Promise<null> {
        if (this.#id !== 'own state') throw new Error('wrong this')
        return null
      }
    }
    const store = Object.assign(new Store(), { ...createMemorySessionStore(), find: undefined })
    Reflect.deleteProperty(store, 'find')
    const reporting = reportStoreFailures(store, { clock: createFakeClock(), report: () => {} })
    expect(await reporting.find('x' as SessionId)).toBeNull()
  })
})
