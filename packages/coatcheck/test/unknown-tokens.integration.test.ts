import { DatabaseSync } from 'node:sqlite'
import { createSessions, type SessionStore } from 'coatcheck'
import { createPostgresSessionStore, migratePostgresSessions } from 'coatcheck/postgres'
import { createFakeClock } from 'coatcheck/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { spyOn } from './support/open-sessions.ts'
import { openSqliteFile } from './support/open-sqlite-file.ts'
import { clientWithIp, randomToken } from './support/unknown-tokens.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(() => database.drop())

interface Opened extends AsyncDisposable {
  readonly store: SessionStore
}

async function openPostgres(): Promise<Opened> {
  const pool = new pg.Pool({ connectionString: database.url, max: 10 })
  await migratePostgresSessions(pool)
  return { store: createPostgresSessionStore(pool), [Symbol.asyncDispose]: () => pool.end() }
}

const openSqlite = () => openSqliteFile((file) => new DatabaseSync(file))

const ipAddresses = 10
const requests = 100_000
const batch = 1_000

describe.each([
  ['sqlite', openSqlite],
  ['postgres', openPostgres],
] as const)('100,000 unknown tokens from ten IP addresses with %s', (_, open) => {
  it('read the store 120 times per IP address in a second and create no row (CVE-2015-5143)', async () => {
    await using opened = await open()
    const { store, calls } = spyOn(opened.store)
    const clock = createFakeClock()
    const sessions = createSessions({ store, clock, data: { initial: {} } })
    for (let sent = 0; sent < requests; sent += batch) {
      const verifications = Array.from({ length: batch }, (_, n) =>
        sessions.verify(randomToken(), clientWithIp(`192.0.2.${n % ipAddresses}`)),
      )
      for (const { status } of await Promise.all(verifications)) expect(status).not.toBe('active')
    }
    expect(calls).toEqual(Array.from({ length: 120 * ipAddresses }, () => 'find'))
    const everything = { at: clock.now(), idleGrace: 0, limit: 1, cursor: null }
    expect(await store.endExpired(everything)).toEqual({ ended: [], next: null })
    await sessions.close()
  })
})
