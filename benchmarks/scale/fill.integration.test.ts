import { expect, it } from 'vitest'
import type { Engine } from './engine.ts'
import { openPostgres } from './postgres/engine.ts'
import { clientOf, sessionsPerUser, tokenOf, userIdOf, userOf } from './rows.ts'
import { checkFill, openSessions } from './scenarios/verify.ts'
import { openSqlite } from './sqlite/engine.ts'

/** Beyond the end of a generation, where users restart. */
const size = 20_000

it.each<[string, () => Engine | Promise<Engine>]>([
  ['SQLite', openSqlite],
  ['PostgreSQL', openPostgres],
])('fills %s with the rows that the library would write', async (_name, open) => {
  await using engine = await open()
  const site = engine.main
  await site.fill(size, Date.now())
  await checkFill(site, size)

  const sessions = openSessions(site.store)
  for (const n of [0, 9_999, 10_000, size - 1]) {
    const listed = await sessions.listForUser(userIdOf(userOf(n)))
    const shown = listed.find(({ id }) => tokenOf(n).startsWith(id))
    expect(shown).toMatchObject({ ...clientOf(n), remembered: true })
  }
  // The next fill restores changed rows.
  const ended = await sessions.revokeAllForUser(userIdOf(0), { reason: 'password-changed' })
  expect(ended).toHaveLength(sessionsPerUser)
  await sessions.close()
  await site.fill(size, Date.now())
  await checkFill(site, size)
  expect((await site.sizes()).rows).toBe(size)
})
