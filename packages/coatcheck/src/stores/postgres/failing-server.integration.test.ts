import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import type { SessionRecord } from '../../domain/session.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../../testing/builders.ts'
import { anEnding, aRotation, plainInsertion } from '../../testing/fixtures.ts'
import type { PostgresPool } from './driver.ts'
import { migratePostgresSessions } from './migrate.ts'
import { createPostgresSessionStore } from './session-store.ts'

const unavailable = { name: 'SessionError', code: 'store-unavailable' }
const refused = { name: 'SessionError', code: 'connection-refused' }

let database: TestDatabase
let pool: pg.Pool
let store: SessionStore

beforeAll(async () => {
  database = await openTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  await migratePostgresSessions(pool)
  store = createPostgresSessionStore(pool)
})

afterAll(async () => {
  await pool.end()
  await database.drop()
})

function everyOperation(target: SessionStore, record: SessionRecord): (() => Promise<unknown>)[] {
  return [
    () => target.insert(plainInsertion(record)),
    () => target.find(record.id),
    () => target.listByUser(record.userId, anInstant),
    () => target.replaceSecret(record.id, aRotation(record)),
    () => target.updateData(record.id, () => '{}'),
    () => target.touch([{ id: record.id, at: anInstant }], 0),
    async () => target.hasEndedWithoutSuccessor?.(record.id),
    () => target.end(record.id, anEnding()),
    () => target.endByUser(record.userId, anEnding(), null),
    () => target.endExpired({ at: anInstant, idleGrace: 0, limit: 1, cursor: null }),
    () => target.purge(anInstant, 1),
  ]
}

describe('PostgreSQL session store on a failing server', () => {
  it('rejects every operation with store-unavailable when the pool has ended', async () => {
    const ended = new pg.Pool({ connectionString: database.url })
    await ended.end()

    for (const operation of everyOperation(createPostgresSessionStore(ended), aSessionRecord())) {
      await expect(operation()).rejects.toMatchObject(unavailable)
    }
  })

  it('keeps statements and parameters out of errors, even if the server adds them', async () => {
    const options = '-c log_parameter_max_length_on_error=-1 -c statement_timeout=50'
    const verbose = new pg.Pool({ connectionString: database.url, options })
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))
    const lockHolder = await pool.connect()
    await lockHolder.query('BEGIN')
    await lockHolder.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [record.id])

    const replaced = createPostgresSessionStore(verbose).replaceSecret(record.id, {
      ...aRotation(record),
      csrfSecret: record.csrfSecret,
    })
    const error: unknown = await replaced.then(
      () => null,
      (reason) => reason,
    )
    await lockHolder.query('ROLLBACK')
    lockHolder.release()
    await verbose.end()
    expect(error).toMatchObject(unavailable)
    const inspected = inspect(error, { depth: 9, showHidden: true })
    expect(inspected).not.toContain(Buffer.from(record.csrfSecret).toString('hex'))
    expect(inspected).toContain('57014')
  })

  it('rejects every operation with connection-refused when the server is unreachable', async () => {
    const unreachable = new pg.Pool({
      connectionString: 'postgres://user:secret@127.0.0.1:1/none',
    })

    for (const operation of everyOperation(
      createPostgresSessionStore(unreachable),
      aSessionRecord(),
    )) {
      await expect(operation()).rejects.toMatchObject(refused)
      await expect(operation()).rejects.not.toMatchObject({
        cause: { message: expect.stringContaining('secret') },
      })
    }
    await unreachable.end()
  })

  it('survives a connection that breaks between two statements, and closes it', async () => {
    const brokenPool = new pg.Pool({ connectionString: database.url, max: 1 })
    brokenPool.on('error', () => {})
    const record = aSessionRecord()
    const cut = createPostgresSessionStore(cutOffAfter(brokenPool, 'pg_advisory_xact_lock'))

    await expect(cut.insert(plainInsertion(record))).rejects.toMatchObject(unavailable)

    expect(await store.find(record.id)).toBeNull()
    const recovered = createPostgresSessionStore(brokenPool)
    expect(await recovered.insert(plainInsertion(record))).toMatchObject({ status: 'inserted' })
    await brokenPool.end()
  })

  /** Terminates the backend after a statement that contains `fragment`, and waits until the client detects it. */
  function cutOffAfter(brokenPool: pg.Pool, fragment: string): PostgresPool {
    return {
      query: (query) => brokenPool.query({ ...query }),
      async connect() {
        const client = await brokenPool.connect()
        return {
          async query(query) {
            const result = await client.query({ ...query })
            if (query.text.includes(fragment)) await cutOff(client)
            return result
          },
          on: (event, listener) => client.on(event, listener),
          removeListener: (event, listener) => client.removeListener(event, listener),
          release: (error) => client.release(error),
        }
      },
    }
  }

  async function cutOff(client: pg.PoolClient): Promise<void> {
    const onEnd = vi.fn()
    client.once('end', onEnd)
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
    await vi.waitFor(() => expect(onEnd).toHaveBeenCalled())
  }

  it('rolls back a failed transaction and releases its connection', async () => {
    const one = new pg.Pool({
      connectionString: database.url,
      max: 1,
      connectionTimeoutMillis: 5_000,
    })
    const failing = createPostgresSessionStore(one)
    const [replaced, record] = [aSessionRecord(), aSessionRecord()]
    await failing.insert(plainInsertion(replaced))
    await pool.query(`ALTER TABLE sessions ADD CONSTRAINT refused CHECK (data <> 'refused data')`)

    const refusedRecord = { ...record, data: 'refused data' }
    const insertion = plainInsertion(refusedRecord, { replaces: replaced.id })
    const error = await failing.insert(insertion).catch((thrown) => thrown)
    await pool.query('ALTER TABLE sessions DROP CONSTRAINT refused')

    expect(error).toMatchObject(unavailable)
    expect(await failing.find(replaced.id)).toEqual(replaced)
    // The detail of the server's error contains the whole row.
    expect(JSON.stringify([error.message, error.cause, error.cause.message])).not.toContain('data"')
    expect(error.cause).not.toHaveProperty('detail')
    await one.end()
  })
})
