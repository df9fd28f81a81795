import { createFakeClock } from 'coatcheck/testing'
import { describe, expect, it } from 'vitest'
import { createArgon2Hasher } from '../src/adapters/passwords/argon2-hasher.ts'
import { migrateToNewest } from '../src/adapters/persistence/open-persistence.ts'
import { aBrowser } from './support/browser.ts'
import { openApp } from './support/open-app.ts'
import { locationOf, releaseFacts, releases } from './support/releases.ts'
import { databases, openReleasedStorage } from './support/storage.ts'
import { readTables, textOf } from './support/table-rows.ts'

const cases = databases.flatMap((kind) => releases.map((schema) => ({ kind, schema })))

describe.each(cases)('the $kind database of schema $schema', ({ kind, schema }) => {
  it('keeps every row and every column when it is migrated to the newest version', async () => {
    await using storage = await openReleasedStorage(kind, schema)
    const before = await readTables(storage)
    expect(textOf(before, before).length).toBeGreaterThan(40)
    await migrateToNewest(locationOf(storage))
    expect(textOf(await readTables(storage), before)).toEqual(textOf(before, before))
  })

  it('is used by the newest program: sessions, passwords, links and clicks', async () => {
    await using storage = await openReleasedStorage(kind, schema)
    const { email, password, usedAt, shortCode, session } = releaseFacts(schema, kind)
    await migrateToNewest(locationOf(storage))
    const clock = createFakeClock(usedAt)
    const passwordHasher = createArgon2Hasher()
    await using app = await openApp(storage, { clock, passwordHasher })

    const signedIn = aBrowser(app)
    signedIn.cookies.set('session-dev', session)
    expect((await signedIn.send('/api/session')).status).toBe(200)
    const answer = await aBrowser(app).signIn({ email, password })
    expect([answer.status, answer.location]).toEqual([303, '/dashboard'])
    const redirect = await app.send(`/${shortCode}`)
    expect([redirect.status, redirect.location]).toEqual([
      302,
      'https://example.com/kept?a=1&b=%C3%BC',
    ])
    await app.flushClicks()
    expect(
      await storage.query(`SELECT click_count FROM links WHERE short_code = '${shortCode}'`),
    ).toEqual([{ click_count: kind === 'sqlite' ? 4 : '4' }])
  })
})
