import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import type { SessionRecord } from '../../domain/session.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../../testing/builders.ts'
import { anEnding, aRotation, plainInsertion } from '../../testing/steps.ts'
import { migratePostgresSessions } from './migrate.ts'
import type { PostgresPool } from './pool.ts'
import { createPostgresSessionStore } from './session-store.ts'

const unavailable = { name: 'SessionError', code: 'store-unavailable' }

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

function everyOperation(on: SessionStore, record: SessionRecord): (() => Promise<unknown>)[] {
  return [
    () => on.insert(plainInsertion(record)),
    () => on.find(record.id),
    () => on.listByUser(record.userId, anInstant),
    () => on.replaceSecret(record.id, aRotation(record)),
    () => on.replaceData(record.id, { from: 0, data: '{}' }),
    () => on.touch([{ id: record.id, at: anInstant }], 0),
    () => on.end(record.id, anEnding()),
    () => on.endByUser(record.userId, anEnding(), null),
    () => on.endExpired({ at: anInstant, idleGrace: 0, limit: 1, cursor: null }),
    () => on.purge(anInstant, 1),
  ]
}

describe('a failing server', () => {
  it('rejects every operation with store-unavailable when the pool has ended', async () => {
    const ended = new pg.Pool({ connectionString: database.url })
    await ended.end()

    for (const operation of everyOperation(createPostgresSessionStore(ended), aSessionRecord())) {
      await expect(operation()).rejects.toMatchObject(unavailable)
    }
  })

  it('tells nothing of what was asked, even where the server is set to', async () => {
    const options = '-c log_parameter_max_length_on_error=-1 -c statement_timeout=50'
    const talkative = new pg.Pool({ connectionString: database.url, options })
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))
    const holder = await pool.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [record.id])

    const replaced = createPostgresSessionStore(talkative).replaceSecret(record.id, {
      ...aRotation(record),
      csrfSecret: record.csrfSecret,
    })
    const error: unknown = await replaced.then(
      () => null,
      (reason) => reason,
    )
    await holder.query('ROLLBACK')
    holder.release()
    await talkative.end()
    expect(error).toMatchObject(unavailable)
    const told = inspect(error, { depth: 9, showHidden: true })
    expect(told).not.toContain(Buffer.from(record.csrfSecret).toString('hex'))
    expect(told).toContain('57014')
  })

  it('rejects every operation with store-unavailable when nobody answers', async () => {
    const nobody = new pg.Pool({ connectionString: 'postgres://nobody:secret@127.0.0.1:1/none' })

    for (const operation of everyOperation(createPostgresSessionStore(nobody), aSessionRecord())) {
      await expect(operation()).rejects.toMatchObject(unavailable)
      await expect(operation()).rejects.not.toMatchObject({
        cause: { message: expect.stringContaining('secret') },
      })
    }
    await nobody.end()
  })

  it('survives a connection that breaks between two statements, and closes it', async () => {
    const victim = new pg.Pool({ connectionString: database.url, max: 1 })
    victim.on('error', () => {})
    const record = aSessionRecord()
    const cut = createPostgresSessionStore(cutOffAfter(victim, 'pg_advisory_xact_lock'))

    await expect(cut.insert(plainInsertion(record))).rejects.toMatchObject(unavailable)

    expect(await store.find(record.id)).toBeNull()
    const healed = createPostgresSessionStore(victim)
    expect(await healed.insert(plainInsertion(record))).toMatchObject({ status: 'inserted' })
    await victim.end()
  })

  /** Has the server end the connection, and the client notice, once a statement with `mark` is done. */
  function cutOffAfter(victim: pg.Pool, mark: string): PostgresPool {
    return {
      query: (query) => victim.query({ ...query }),
      async connect() {
        const client = await victim.connect()
        return {
          async query(query) {
            const result = await client.query({ ...query })
            if (query.text.includes(mark)) await cutOff(client)
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
    const noticed = vi.fn()
    client.once('end', noticed)
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
    await vi.waitFor(() => expect(noticed).toHaveBeenCalled())
  }

  it('undoes a transaction that failed, and gives its connection back', async () => {
    const one = new pg.Pool({
      connectionString: database.url,
      max: 1,
      connectionTimeoutMillis: 5_000,
    })
    const failing = createPostgresSessionStore(one)
    const [replaced, record] = [aSessionRecord(), aSessionRecord()]
    await failing.insert(plainInsertion(replaced))
    await pool.query(`ALTER TABLE sessions ADD CONSTRAINT refused CHECK (data <> 'refused data')`)

    const refused = { ...record, data: 'refused data' }
    const insertion = plainInsertion(refused, { replaces: replaced.id })
    const error = await failing.insert(insertion).catch((thrown) => thrown)
    await pool.query('ALTER TABLE sessions DROP CONSTRAINT refused')

    expect(error).toMatchObject(unavailable)
    expect(await failing.find(replaced.id)).toEqual(replaced)
    // The server's detail of such an error is the whole row.
    expect(JSON.stringify([error.message, error.cause, error.cause.message])).not.toContain('data"')
    expect(error.cause).not.toHaveProperty('detail')
    await one.end()
  })
})
