import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import { systemMonotonicClock } from '../../ports/system.ts'
import { aSessionRecord } from '../../testing/builders.ts'
import { postgres } from './backend.ts'
import { migratePostgresSessions } from './migrate.ts'

let database: TestDatabase
let pool: pg.Pool

beforeAll(async () => {
  database = await openTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
})

afterAll(async () => {
  await pool.end()
  await database.drop()
})

const listener = { onChange() {}, onReset() {}, onLatency() {}, onInterrupted() {} }

describe('postgres', () => {
  it('migrates, stores sessions, and leaves the pool open when it closes', async () => {
    const opened = await postgres(pool).open({ migrate: true, channel: false })
    const record = aSessionRecord()
    const rest = { replaces: null, completes: null, cap: null, credentialsCheckedAt: null }
    await opened.store.insert({ record, ...rest })
    expect((await opened.store.find(record.id))?.id).toBe(record.id)
    expect(opened.channel).toBeNull()
    await opened.close()
    expect((await pool.query('SELECT 1')).rowCount).toBe(1)
  })

  it('rejects when it opens if the tables are missing or outdated and it may not migrate', async () => {
    const opening = { migrate: false, channel: false }
    await pool.query('CREATE SCHEMA unmigrated; CREATE SCHEMA outdated')
    await expect(postgres(pool, { schema: 'unmigrated' }).open(opening)).rejects.toMatchObject({
      code: 'not-migrated',
    })
    await migratePostgresSessions(pool, { schema: 'outdated', to: 1 })
    await expect(postgres(pool, { schema: 'outdated' }).open(opening)).rejects.toMatchObject({
      code: 'not-migrated',
    })
  })

  it('rejects when it opens if the role may only read, also if there is nothing to migrate', async () => {
    const role = `reader_${new URL(database.url).pathname.slice(1)}`
    await migratePostgresSessions(pool)
    await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x';
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`)
    const { href } = Object.assign(new URL(database.url), { username: role, password: 'x' })
    const reading = new pg.Pool({ connectionString: href })
    const opening = postgres(reading).open({ migrate: true, channel: false })
    await expect(opening).rejects.toMatchObject({
      code: 'missing-privilege',
      message: expect.stringMatching(/permission denied for table \w+.*GRANT/),
    })
    await reading.end()
    await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  })

  it('rejects names that are none at creation', () => {
    expect(() => postgres(pool, { tablePrefix: 'my-app' })).toThrow(/^tablePrefix must be a name/)
    const userReference = Object('users.id')
    expect(() => postgres(pool, { userReference })).toThrow(/^userReference must be an object/)
  })

  it('listens on a connection with the configuration of the pool, password included', async () => {
    // The parts of the URL, so that the pool has a password of its own, which it hides.
    const { hostname, port, username, password, pathname } = new URL(database.url)
    const parts = { host: hostname, port: Number(port), user: username, password }
    const separate = new pg.Pool({ ...parts, database: pathname.slice(1) })
    const opened = await postgres(separate).open({ migrate: true, channel: true })
    const options = { listener, clock: systemMonotonicClock, leaseDuration: 60_000 }
    const subscription = opened.channel?.subscribe(options)
    await vi.waitFor(
      () => {
        subscription?.requestHeartbeat()
        expect(subscription?.freshAsOf()).toBeGreaterThan(0)
      },
      { timeout: 20_000 },
    )
    await subscription?.close()
    await opened.close()
    await separate.end()
  })

  it('rejects the cache without a connection for it', async () => {
    const driver = { query: pool.query.bind(pool), connect: pool.connect.bind(pool) }
    const opening = postgres(driver).open({ migrate: true, channel: true })
    await expect(opening).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/^createClient is missing: /),
    })
  })
})
