import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { aSessionRecord } from '../../testing/builders.ts'
import type { PostgresJsRunner, PostgresJsSql } from './postgres-js-database.ts'
import { createPostgresSessionStore } from './session-store.ts'

/**
 * A client of postgres.js that gets no connection before `connect`. It waits forever, as the real one does for a
 * connection in use, for a server that does not answer and for one that hangs up.
 */
function aWaitingClient(commitTag = 'COMMIT') {
  const connected = Promise.withResolvers<void>()
  const statements: string[] = []
  const runner: PostgresJsRunner = {
    typed: (value) => value,
    async unsafe(text) {
      await connected.promise
      statements.push(text)
      return Object.assign([], { command: text === 'COMMIT AND CHAIN' ? commitTag : 'SELECT' })
    },
  }
  const outcomes: Promise<unknown>[] = []
  const sql: PostgresJsSql = Object.assign(() => null, {
    ...runner,
    begin(_options: string, work: (transaction: PostgresJsRunner) => Promise<unknown>) {
      const outcome = connected.promise.then(() => work(runner))
      outcomes.push(outcome)
      return outcome
    },
    listen: () => expect.unreachable(),
    options: { transform: { column: {} } },
  })
  return { sql, statements, outcomes, connect: connected.resolve }
}

const failure = {
  code: 'connection-refused',
  message: expect.stringMatching(/no answer within 10 s.*connections of the pool are in use/),
}

describe('postgres.js without a free connection', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is waited for by a read for ten seconds', async () => {
    const { sql } = aWaitingClient()
    const reading = createPostgresSessionStore(sql).find(aSessionRecord().id)
    const failing = expect(reading).rejects.toMatchObject(failure)
    await vi.advanceTimersByTimeAsync(10_000)
    await failing
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is waited for by a write for ten seconds, which changes nothing afterwards', async () => {
    const { sql, statements, outcomes, connect } = aWaitingClient()
    const store = createPostgresSessionStore(sql)
    const claiming = store.claimSweep?.({ at: Date.now(), interval: 5 })
    const failing = expect(claiming).rejects.toMatchObject(failure)
    await vi.advanceTimersByTimeAsync(10_000)
    await failing
    connect()
    // The transaction is rolled back.
    await expect(outcomes[0]).rejects.toThrow('no answer')
    expect(statements).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('fails if the server answers the commit with a rollback', async () => {
    const { sql, connect } = aWaitingClient('ROLLBACK')
    connect()
    const claiming = createPostgresSessionStore(sql).claimSweep?.({ at: Date.now(), interval: 5 })
    await expect(claiming).rejects.toMatchObject({ code: 'store-unavailable' })
  })

  it('is used once it is free, without a limit for the transaction itself', async () => {
    const { sql, connect } = aWaitingClient()
    const claiming = createPostgresSessionStore(sql).claimSweep?.({ at: Date.now(), interval: 5 })
    await vi.advanceTimersByTimeAsync(9_999)
    connect()
    await vi.advanceTimersByTimeAsync(0)
    expect(await claiming).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })
})
