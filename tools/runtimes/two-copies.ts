// Bundles the library twice and combines the copies, as two bundles of one application do.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { createTemporaryFolder } from '../programs.ts'

type Copy = typeof import('./everything.ts')

async function bundleCopy(file: string): Promise<Copy> {
  const bundle = await rolldown({
    input: join(import.meta.dirname, 'everything.ts'),
    platform: 'node',
  })
  await bundle.write({ file })
  return import(pathToFileURL(file).href)
}

/** The sessions and the store belong to one copy, the guards to the other. */
async function respondToFailure(one: Copy, other: Copy): Promise<void> {
  const database = new DatabaseSync(':memory:')
  one.migrateSqliteSessions(database)
  const store = one.createSqliteSessionStore(database)
  const sessions = other.createSessions({ store, data: { initial: {} } })
  const web = one.createWebSessions(sessions, {
    baseUrl: 'https://coatcheck.example',
    keys: ['a key for tests only, 32 bytes or more'],
  })
  const auth = other.createHonoSessions(web)
  const app = new one.Hono()
  app.use(auth.exchange)
  app.get('/', auth.requireSession, (c) => c.text(c.var.session.userId))
  const signedIn = await sessions.signIn({ userId: 'ada' })
  assert(signedIn.status === 'signed-in')
  const request = () =>
    app.request('/', { headers: { Cookie: `__Host-session=${signedIn.token}` } })
  assert.deepEqual([(await request()).status, await (await request()).text()], [200, 'ada'])

  database.close()
  assert.equal((await request()).status, 503)
  await assert.rejects(sessions.verify(signedIn.token), (error) => {
    assert(one.isSessionError(error) && other.isSessionError(error))
    assert(one.isStoreFailure(error) && other.isStoreFailure(error))
    return true
  })
}

using folder = createTemporaryFolder()
const one = await bundleCopy(join(folder.path, 'one.mjs'))
const other = await bundleCopy(join(folder.path, 'other.mjs'))
assert.notEqual(one.SessionError, other.SessionError)
await respondToFailure(one, other)
await respondToFailure(other, one)
console.log(
  '  ✓ two bundled copies: sessions, stores, guards and errors of one work with the other',
)
