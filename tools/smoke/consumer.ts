// A first program that has installed only the library.
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { createSessions, type SessionStore } from 'coatcheck'
import { createMemorySessionStore } from 'coatcheck/memory'
import { createSqliteSessionStore, migrateSqliteSessions } from 'coatcheck/sqlite'

async function signInAndOut(name: string, store: SessionStore): Promise<void> {
  const sessions = createSessions({ store, data: { initial: { theme: 'dark' } } })
  const signIn = await sessions.signIn({ userId: 'ada' })
  assert.equal(signIn.status, 'signed-in')
  assert(signIn.status === 'signed-in')

  const verified = await sessions.verify(signIn.token)
  assert(verified.status === 'active')
  assert.equal(verified.session.userId, 'ada')
  assert.equal(verified.session.data.theme, 'dark')

  await sessions.revokeSessionOfAnyUser(signIn.session.id, { reason: 'signed-out' })
  assert.equal((await sessions.verify(signIn.token)).status, 'ended')
  await sessions.close()
  console.log(`✓ ${name}: signed in, verified, revoked, rejected`)
}

await signInAndOut('memory', createMemorySessionStore())

const database = new DatabaseSync(':memory:')
migrateSqliteSessions(database)
await signInAndOut('node:sqlite', createSqliteSessionStore(database))
database.close()
