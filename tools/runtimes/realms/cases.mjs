// What works in a test runner that gives each test file globals of its own. Run by Jest and by vitest's
// vmThreads and vmForks. Built-in modules create their errors, buffers and promises outside of it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { createSessions, isSessionError } from 'coatcheck'
import { createHonoSessions } from 'coatcheck/hono'
import { createWebSessions } from 'coatcheck/http'
import { createMemorySessionStore } from 'coatcheck/memory'
import { createNodeSessions } from 'coatcheck/node'
import { createSqliteSessionStore, migrateSqliteSessions } from 'coatcheck/sqlite'
import { Hono } from 'hono'

const origin = 'https://coatcheck.example'
const webOptions = { baseUrl: origin, keys: ['a key for tests only, 32 bytes or more'] }
const sameOrigin = { Origin: origin, 'Sec-Fetch-Site': 'same-origin' }

/** @typedef {import('coatcheck/sqlite').SqliteDatabase & { close(): unknown }} Connection */

/** @param {Connection} database */
function migrated(database) {
  migrateSqliteSessions(database)
  return createSqliteSessionStore(database)
}

/** @param {import('coatcheck').SessionStore} store */
function openSessions(store) {
  return createSessions({ store, data: { initial: { theme: 'light' } } })
}

/** @param {import('coatcheck').SessionStore} store */
async function signInSaveAndRevoke(store) {
  const sessions = openSessions(store)
  const signedIn = await sessions.signIn({ userId: 'ada' })
  assert(signedIn.status === 'signed-in')
  const { token, session } = signedIn
  await sessions.saveData(session.id, { theme: 'dark' })
  const verified = await sessions.verify(token)
  assert(verified.status === 'active')
  assert.equal(verified.session.data.theme, 'dark')
  const rotated = await sessions.rotate(token)
  assert(rotated.status === 'rotated')
  await sessions.revoke('ada', session.id, { reason: 'signed-out' })
  assert.equal((await sessions.verify(rotated.token)).status, 'ended')
  await sessions.close()
}

/** @param {(file: string) => Connection} connect */
async function failOfClosedDatabase(connect) {
  const database = connect(':memory:')
  const sessions = openSessions(migrated(database))
  database.close()
  await assert.rejects(sessions.signIn({ userId: 'ada' }), (error) => {
    assert(isSessionError(error))
    assert.equal(error.code, 'store-unavailable')
    return true
  })
}

/** @param {(file: string) => Connection} connect */
async function waitForLock(connect) {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const open = () => connect(join(folder, 'sessions.db'))
  const [writer, other] = [open(), open()]
  const sessions = openSessions(migrated(writer))
  // The store repeats what finds the file locked, if it recognizes the driver's error.
  writer.exec('PRAGMA busy_timeout = 0')
  other.exec('BEGIN IMMEDIATE')
  const signingIn = sessions.signIn({ userId: 'ada' })
  await new Promise((resolve) => setImmediate(resolve))
  other.exec('COMMIT')
  assert.equal((await signingIn).status, 'signed-in')
  await sessions.close()
  writer.close()
  other.close()
  rmSync(folder, { recursive: true })
}

/** @param {Response} response */
function cookiesOf(response) {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}

/** `app.request()` has no socket and no peer address. */
async function signInWithHonoRequests() {
  const sessions = openSessions(createMemorySessionStore())
  const auth = createHonoSessions(createWebSessions(sessions, webOptions))
  const app = new Hono()
  app.use(auth.exchange)
  app.get('/form', async (c) => c.text(await c.var.exchange.csrfToken()))
  app.post('/sign-in', auth.csrfGuard, async (c) => {
    const form = await c.var.exchange.form()
    await c.var.exchange.signIn({ userId: String(form?.get('user')) })
    return c.text('signed in')
  })
  app.get('/me', auth.requireSession, (c) => c.text(c.var.session.userId))

  assert.equal((await app.request('/me')).status, 303)
  const form = await app.request('/form')
  const fields = { user: 'ada', csrf_token: await form.text() }
  const headers = { ...sameOrigin, Cookie: cookiesOf(form) }
  const post = (body) => app.request('/sign-in', { method: 'POST', headers, body })
  assert.equal((await post(new URLSearchParams({ user: 'ada' }))).status, 403)
  const signedIn = await post(new URLSearchParams(fields))
  assert.equal(signedIn.status, 200)
  const me = await app.request('/me', { headers: { Cookie: cookiesOf(signedIn) } })
  assert.equal(await me.text(), 'ada')
  await sessions.close()
}

async function signInWithNodeServer() {
  const sessions = openSessions(createMemorySessionStore())
  const auth = createNodeSessions(createWebSessions(sessions, webOptions))
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      if (!(await auth.csrfGuard(request, response))) return
      await auth.exchange(request, response).signIn({ userId: 'ada' })
      response.end('signed in')
    } else if (request.url === '/form') {
      response.end(await auth.exchange(request, response).csrfToken())
    } else {
      const session = await auth.requireSession(request, response)
      if (session !== null) response.end(session.userId)
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = server.address()
  assert(address !== null && typeof address === 'object')
  const url = `http://127.0.0.1:${address.port}`

  const form = await fetch(`${url}/form`)
  const body = new URLSearchParams({ csrf_token: await form.text() })
  const headers = { ...sameOrigin, Cookie: cookiesOf(form) }
  assert.equal((await fetch(url, { method: 'POST', headers, body: '' })).status, 403)
  const signedIn = await fetch(url, { method: 'POST', headers, body })
  assert.equal(signedIn.status, 200)
  const me = await fetch(`${url}/me`, { headers: { Cookie: cookiesOf(signedIn) } })
  assert.equal(await me.text(), 'ada')
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await sessions.close()
}

const nodeSqlite = (/** @type {string} */ file) => new DatabaseSync(file)
const betterSqlite = (/** @type {string} */ file) => new Database(file)

/** @type {Readonly<Record<string, () => Promise<void>>>} */
export const cases = {
  'memory: signs in, saves, rotates, revokes': () =>
    signInSaveAndRevoke(createMemorySessionStore()),
  'node:sqlite: signs in, saves, rotates, revokes': () =>
    signInSaveAndRevoke(migrated(nodeSqlite(':memory:'))),
  'better-sqlite3: signs in, saves, rotates, revokes': () =>
    signInSaveAndRevoke(migrated(betterSqlite(':memory:'))),
  'node:sqlite: reports a closed database with its code': () => failOfClosedDatabase(nodeSqlite),
  'better-sqlite3: reports a closed database with its code': () =>
    failOfClosedDatabase(betterSqlite),
  'node:sqlite: waits for the lock of another connection': () => waitForLock(nodeSqlite),
  'better-sqlite3: waits for the lock of another connection': () => waitForLock(betterSqlite),
  'Hono: signs in with app.request': signInWithHonoRequests,
  'node:http: signs in': signInWithNodeServer,
}
