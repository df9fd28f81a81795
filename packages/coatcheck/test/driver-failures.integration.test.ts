import { randomBytes } from 'node:crypto'
import { PGlite } from '@electric-sql/pglite'
import {
  createPostgresSessionStore,
  migratePostgresSessions,
  type PostgresDatabase,
} from 'coatcheck/postgres'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { aSessionRecord } from '../src/testing/builders.ts'
import { anEnding, plainInsertion } from '../src/testing/fixtures.ts'

const role = `coatcheck_${randomBytes(6).toString('hex')}`
const record = aSessionRecord()

let database: TestDatabase

beforeAll(async () => {
  database = await openTestDatabase()
  await migratePostgresSessions(database.pool)
  await database.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`)
})

afterAll(async () => {
  await database.pool.query(`DROP ROLE ${role}`)
  await database.drop()
})

/** Reads and writes: drivers treat transactions separately. */
const operations = {
  read: (connections: PostgresDatabase) => createPostgresSessionStore(connections).find(record.id),
  write: (connections: PostgresDatabase) =>
    createPostgresSessionStore(connections).insert(plainInsertion(record)),
}

interface Case {
  readonly condition: string
  readonly code: string
  readonly message: RegExp
}

interface PostgresJsCase extends Case {
  readonly change?: (url: URL) => void
  readonly settings?: object
}

/** Bounds of the app, in ms, which apply instead of the store's: a machine that pauses must end no transaction. */
const patient = { statement_timeout: 600_000, idle_in_transaction_session_timeout: 600_000 }

type Operation = (connections: PostgresDatabase) => Promise<unknown>

/** The error of an operation through postgres.js that got an answer: a busy machine may not give one within ten seconds. */
async function failWith(operation: Operation, each: PostgresJsCase): Promise<unknown> {
  for (let tries = 0; tries < 5; tries += 1) {
    const error = await failOnce(operation, each)
    if (!String(error).includes('no answer within')) return error
  }
  return null
}

/** Runs an operation through postgres.js and returns its error. */
async function failOnce(
  operation: Operation,
  { change, settings }: PostgresJsCase,
): Promise<unknown> {
  const url = new URL(database.url)
  change?.(url)
  const connection = { ...patient, ...settings }
  const sql = postgres(url.href, { onnotice: () => {}, max: 2, connection })
  const error: unknown = await operation(sql).catch((thrown: unknown) => thrown)
  await sql.end({ timeout: 0 })
  return error
}

function asRole(url: URL): void {
  url.username = role
  url.password = 'secret'
}

describe.each(Object.entries(operations))('postgres.js, in a %s', (_name, operation) => {
  it.each<PostgresJsCase>([
    {
      condition: 'the server is stopped',
      code: 'connection-refused',
      message: /ECONNREFUSED.*check that the server runs/,
      change: (url) => {
        url.port = '1'
      },
    },
    {
      condition: 'the password is wrong',
      code: 'connection-refused',
      message: /password authentication failed.*check the user/,
      change: (url) => {
        url.password = 'wrong'
      },
    },
    {
      condition: 'the database is unknown',
      code: 'connection-refused',
      message: /does not exist.*create the database/,
      change: (url) => {
        url.pathname = '/unknown'
      },
    },
    {
      condition: 'the role has no privilege',
      code: 'missing-privilege',
      message: /permission denied.*GRANT/,
      change: asRole,
    },
    {
      condition: 'the tables do not exist',
      code: 'not-migrated',
      message: /run migratePostgresSessions/,
      settings: { search_path: 'missing' },
    },
  ])('says what to do if $condition', async (each) => {
    const { code, message } = each
    const error = await failWith(operation, each)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('says what to do if the client has ended', async () => {
    const sql = postgres(database.url)
    await sql.end()
    await expect(operation(sql)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('close the sessions before the connections'),
    })
  })
})

it('fails, and does not end the process, if a transaction of postgres.js loses its connection', async () => {
  const sql = postgres(database.url, { onnotice: () => {}, max: 1 })
  const store = createPostgresSessionStore(sql)
  const locked = aSessionRecord()
  await store.insert(plainInsertion(locked))
  const [backend] = await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
  const locking = await database.pool.connect()
  await locking.query('BEGIN')
  await locking.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [locked.id])

  const ending = store.end(locked.id, anEnding()).catch((error: unknown) => error)
  await vi.waitFor(async () => {
    const waiting = "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'"
    const { rowCount } = await locking.query(waiting, [backend?.pid])
    expect(rowCount).toBe(1)
  }, 60_000)
  await locking.query('SELECT pg_terminate_backend($1)', [backend?.pid])
  await locking.query('ROLLBACK')
  locking.release()

  expect(await ending).toMatchObject({ code: 'store-unavailable' })
  // The driver writes in the next turn of the event loop; an error there fails the run.
  await new Promise((resolve) => setImmediate(resolve))
  // A read may still meet the lost connection; a later one gets a new connection.
  const read = await vi.waitFor(() => store.find(locked.id), 60_000)
  expect(read).toMatchObject({ endedAt: null })
  await sql.end()
})

describe('PGlite', () => {
  const pglite = new PGlite()
  afterAll(() => (pglite.closed ? undefined : pglite.close()))

  it.each<Case & { readonly sql: string }>([
    {
      condition: 'the role has no privilege',
      code: 'missing-privilege',
      message: /permission denied.*GRANT/,
      sql: 'CREATE ROLE limited; GRANT USAGE ON SCHEMA public TO limited; SET ROLE limited',
    },
    {
      condition: 'it is read-only',
      code: 'read-only',
      message: /read-only/,
      sql: 'SET default_transaction_read_only = on',
    },
    {
      condition: 'the tables do not exist',
      code: 'not-migrated',
      message: /run migratePostgresSessions/,
      sql: 'DROP SCHEMA public CASCADE; CREATE SCHEMA public',
    },
  ])('says what to do if $condition', async ({ code, message, sql }) => {
    await migratePostgresSessions(pglite)
    await pglite.exec(sql)
    const error: unknown = await operations.write(pglite).catch((thrown: unknown) => thrown)
    await pglite.exec('RESET ROLE; SET default_transaction_read_only = off')
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('waits for ten seconds for a transaction of the application that waits for the store', async () => {
    await migratePostgresSessions(pglite)
    const store = createPostgresSessionStore(pglite)
    const changing = pglite.transaction(async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const outcomes = Promise.allSettled([
        store.insert(plainInsertion(record)),
        store.claimSweep?.({ at: 0, interval: 1 }),
      ])
      // The reads of the type and the clock of the server come first.
      for (let second = 0; second < 30; second += 1) await vi.advanceTimersByTimeAsync(1_000)
      vi.useRealTimers()
      return outcomes
    })
    const failure = { status: 'rejected', reason: { code: 'connection-refused' } }
    expect(await changing).toMatchObject([failure, failure])
    expect(await store.find(record.id)).toBeNull()
  })

  it('says what to do if it is closed', async () => {
    await pglite.close()
    await expect(operations.read(pglite)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('close the sessions before the connections'),
    })
  })
})
