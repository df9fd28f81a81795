import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../../../tools/testing/free-port.ts'
import { databases, openEmptyStorage, openStorage, type Storage } from '../support/storage.ts'
import {
  bearer,
  environmentFor,
  operator,
  postLink,
  sameBrowserAt,
  sessionStatus,
  setUp,
  shorten,
  signIn,
} from './support/accounts.ts'
import { startLoad } from './support/load.ts'
import { type Environment, startProgram } from './support/program.ts'

/** Two programs behind one public URL, started concurrently. */
async function startTwo(storage: Storage, more: Environment = {}) {
  const own = { BASE_URL: `http://localhost:${await freePort()}`, AUTH_TOKEN: bearer, ...more }
  const env = environmentFor(storage, own)
  const [one, other] = await Promise.all([startProgram({ env }), startProgram({ env })])
  for (const program of [one, other]) program.addSecret(operator.password, 'password')
  return {
    one,
    other,
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
    },
  }
}

describe.each(databases)('two programs on one database, %s', (kind) => {
  it('create its tables once when both find it empty', async () => {
    await using storage = await openEmptyStorage(kind)
    await using programs = await startTwo(storage)
    const { one, other } = programs

    for (const table of ['app_migrations', 'session_migrations']) {
      const versions = await storage.query(`SELECT version FROM ${table} ORDER BY version`)
      expect(versions).toEqual(versions.map((_, index) => ({ version: index + 1 })))
      expect(versions).not.toEqual([])
    }
    // The setup link printed by one works at the other, and afterwards at neither.
    const link = await other.setUpLink()
    await setUp(one)
    expect((await one.send(`${link.pathname}${link.search}`)).status).toBe(404)
    expect((await other.send(`${link.pathname}${link.search}`)).status).toBe(404)
  })

  it('share sessions, links and clicks', async () => {
    await using storage = await openStorage(kind)
    await using programs = await startTwo(storage)
    const { one, other } = programs
    const ann = await setUp(one)

    const code = await shorten(one, 'https://example.com/shared')
    expect((await other.send(`/${code}`)).status).toBe(302)
    const otherBrowser = sameBrowserAt(other, ann)
    expect((await otherBrowser.open('/dashboard')).body).toContain(`/${code}`)
    const created = await otherBrowser.submit('/create', { original_url: 'https://example.com/' })
    expect(created.status).toBe(303)
    expect((await ann.open('/dashboard')).body).toContain(created.location)
  })

  it('sign-out in one ends the session in the other at once, with the cache off', async () => {
    await using storage = await openStorage(kind)
    await using programs = await startTwo(storage, { SESSION_CACHE: 'off' })
    const { one, other } = programs
    await setUp(one)
    for (let round = 0; round < 5; round += 1) {
      const here = await signIn(one)
      const there = sameBrowserAt(other, here)
      expect(await sessionStatus(there)).toBe(200)
      await here.submit('/logout', {}, { on: '/dashboard' })
      expect(await sessionStatus(there)).toBe(401)
    }
  })

  it('account deletion in one ends its sessions and links in the other, cached or not', async () => {
    for (const cache of ['on', 'off']) {
      await using storage = await openStorage(kind)
      await using programs = await startTwo(storage, { SESSION_CACHE: cache })
      const { one, other } = programs
      const here = await setUp(one)
      const code = await shorten(one, 'https://example.com/left')
      const there = sameBrowserAt(other, here)
      expect([await sessionStatus(there), (await other.send(`/${code}`)).status]).toEqual([
        200, 302,
      ])
      const answer = await here.submit('/settings/delete', { email: operator.email })
      expect([answer.status, answer.location]).toEqual([303, '/'])
      await expect.poll(() => sessionStatus(there)).toBe(401)
      expect((await other.send(`/${code}`)).status).toBe(410)
      expect((await postLink(other, 'https://example.com/')).status).toBe(401)
    }
  })

  it('under load, no request that starts after the sign-out response is accepted', async () => {
    await using storage = await openStorage(kind)
    await using programs = await startTwo(storage, { SESSION_CACHE: 'off' })
    const { one, other } = programs
    await setUp(one)
    const ann = await signIn(one)
    const seen: { readonly startedAt: number; readonly status: number }[] = []
    // Copied now: signing out deletes it from the browser.
    const headers = [['Cookie', `session-dev=${ann.sessionCookie()}`]] as const

    const load = startLoad(8, async (client) => {
      const program = client % 2 === 0 ? one : other
      const startedAt = performance.now()
      const { status } = await program.send('/api/session', { headers })
      seen.push({ startedAt, status })
    })
    await expect.poll(() => seen.length).toBeGreaterThan(50)
    await ann.submit('/logout', {}, { on: '/dashboard' })
    const endedAt = performance.now()
    const before = seen.length
    await expect.poll(() => seen.length).toBeGreaterThan(before + 50)
    await load.end()

    const after = seen.filter(({ startedAt }) => startedAt > endedAt)
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([401]))
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200, 401]))
  })
})

it('two programs started at the same instant migrate one after the other', async () => {
  await using storage = await openEmptyStorage('postgres')
  const blocker = new pg.Client({ connectionString: storage.url })
  await blocker.connect()
  // Creating this table waits for the open transaction; on rollback both continue at once.
  await blocker.query('BEGIN; CREATE TABLE app_migrations (id integer)')
  const starting = startTwo(storage)
  const waiting = `SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`
  await expect.poll(() => storage.query(waiting)).toHaveLength(2)

  await blocker.query('ROLLBACK')
  await blocker.end()
  await using programs = await starting
  expect((await programs.one.send('/ready')).status).toBe(200)
  expect((await programs.other.send('/ready')).status).toBe(200)
})
