import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importOldLinks } from '../src/program/import-old-links.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { createOldService } from './support/old-service.ts'
import { type Account, openApp, type TestApp } from './support/open-app.ts'
import { aToken, bearer } from './support/personal-tokens.ts'
import type { RawHeaders } from './support/send.ts'
import { databases, openStorage, type Storage } from './support/storage.ts'

const shared = bearer('a-shared-bearer-token-of-old')
const env = { AUTH_TOKENS: 'a-shared-bearer-token-of-old,another-token-of-old' }
const json: RawHeaders = [['Content-Type', 'application/json']]
const curl: RawHeaders = [['User-Agent', 'curl/8.5.0']]

/** How the old service's clients use its API: the same in all phases. */
const clientOfOld = {
  list: (app: TestApp, headers = shared) => app.send('/api/urls', { headers }),
  create(app: TestApp, shortCode: string, headers = shared) {
    const body = JSON.stringify({ original_url: 'https://dest.test/new', short_code: shortCode })
    return app.send('/api/urls', { method: 'POST', headers: [...headers, ...json], body })
  },
}

async function expectLinkToWork(app: TestApp): Promise<void> {
  const answer = await app.send('/menu')
  expect([answer.status, answer.location]).toEqual([302, 'https://dest.test/menu'])
}

/** Each phase finds the database as the one before has left it. */
describe.each(databases)('moving from the old service on %s', (kind) => {
  let storage: Storage
  let operator: Account
  let personal: RawHeaders

  beforeAll(async () => {
    storage = await openStorage(kind)
  })
  afterAll(() => storage[Symbol.asyncDispose]())

  it('phase 1 keeps links, statistics and shared tokens, and adds accounts', async () => {
    await using app = await openApp(storage, { env })
    operator = await app.account()
    const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
    const old = createOldService(folder)
    const clicks = ['2025-11-25 10:00:00', '2025-11-26 10:00:00']
    old.addLink({ shortCode: 'menu', url: 'https://dest.test/menu', clicks })
    const { baseUrl } = app
    const database = { kind: 'sqlite', file: 'unused' } as const
    const destinations = { destinationMaxLength: 16_384, destinationSchemes: [] }
    const config = { baseUrl, shortBaseUrl: baseUrl, database, ...destinations }
    await importOldLinks(app.persistence, config, old.file)
    old.close()
    rmSync(folder, { recursive: true })

    await expectLinkToWork(app)
    const imported = { urls: [{ short_code: 'menu', click_count: 2 }] }
    expect((await clientOfOld.list(app)).json()).toMatchObject(imported)
    const created = await clientOfOld.create(app, 'created-in-1')
    expect([created.status, created.headers.deprecation]).toEqual([201, undefined])
    const browser = await aSignedInBrowser(app, operator)
    expect((await browser.open('/dashboard')).body).toContain('created-in-1')
  })

  it('phase 2 accepts shared tokens and those of users', async () => {
    await using app = await openApp(storage, { env })
    const user = await app.account()
    const { token, headers } = await aToken(app, user, { scopes: ['links:read', 'links:write'] })
    personal = headers
    expect((await clientOfOld.create(app, 'created-in-2', headers)).status).toBe(201)
    // The link belongs to the user, and the shared token acts as the operator.
    const own = { urls: [{ short_code: 'created-in-2' }] }
    expect((await clientOfOld.list(app, headers)).json()).toMatchObject(own)
    expect((await clientOfOld.list(app)).json()).toMatchObject({ total: 2 })
    expect((await clientOfOld.list(app)).headers.deprecation).toBeUndefined()
    expect(token).toMatch(/^mjr_pat_/)
    const page = await aBrowser(app).open('/dashboard', shared)
    expect([page.status, page.location]).toEqual([303, '/login?next=%2Fdashboard'])
  })

  it('phase 3 announces the end of shared tokens to their clients and the operator', async () => {
    const options = { env: { ...env, TOKEN_AUTH: 'deprecated', TOKEN_AUTH_SUNSET: '2031-06-30' } }
    let since: unknown
    {
      await using app = await openApp(storage, options)
      const answer = await clientOfOld.list(app, [...shared, ...curl])
      since = `@${Math.floor(app.clock.now() / 1_000)}`
      const { deprecation, sunset } = answer.headers
      expect([answer.status, deprecation]).toEqual([200, since])
      expect(sunset).toBe('Mon, 30 Jun 2031 00:00:00 GMT')
      const failed = await app.send('/api/urls/unknown', { headers: shared })
      expect([failed.status, failed.headers.deprecation]).toEqual([404, since])
      const own = await clientOfOld.list(app, personal)
      expect([own.status, own.headers.deprecation]).toEqual([200, undefined])
      const lines = app.log().filter(({ event }) => event === 'shared-token-used')
      expect(lines).toMatchObject([
        { token: 1, client: expect.stringMatching(/ curl\/8\.5\.0$/) },
        {},
      ])
      expect(JSON.stringify(lines)).not.toContain('a-shared-bearer-token-of-old')
    }
    // Another process, later: the same date.
    await using app = await openApp(storage, options)
    app.clock.advance(60_000)
    expect((await clientOfOld.list(app)).headers.deprecation).toBe(since)
    const browser = await aSignedInBrowser(app, operator)
    const page = textOf(await browser.open('/settings/shared-tokens'))
    expect(page).toMatch(/Token 1 .* curl\/8\.5\.0 1 /)
    expect(page).toContain('Token 2')
    await expectLinkToWork(app)
  })

  it('phase 4 refuses shared tokens, and nothing else', async () => {
    await using app = await openApp(storage, { env: { ...env, TOKEN_AUTH: 'disabled' } })
    app.clock.advance(120_000)
    const answer = await clientOfOld.list(app)
    expect(answer.status).toBe(401)
    expect(answer.body).toContain('Shared tokens are no longer accepted. Create an access token')
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    const unknown = await clientOfOld.list(app, bearer('not-one-of-the-tokens'))
    expect(unknown.status).toBe(401)
    expect(unknown.body).not.toContain('Shared tokens')
    expect((await clientOfOld.create(app, 'created-in-4', personal)).status).toBe(201)
    await expectLinkToWork(app)
    const browser = await aSignedInBrowser(app, operator)
    expect((await browser.open('/dashboard')).body).toContain('created-in-1')
  })

  it('the way back from phase 4 is a restart', async () => {
    await using app = await openApp(storage, { env })
    const answer = await clientOfOld.create(app, 'created-in-5')
    expect([answer.status, answer.headers.deprecation]).toEqual([201, undefined])
  })
})

it('only the operator sees the page of shared tokens', async () => {
  await using storage = await openStorage('sqlite')
  await using app = await openApp(storage, { env })
  const operator = await aSignedInBrowser(app)
  const user = await aSignedInBrowser(app, await app.account())
  expect((await operator.open('/settings/shared-tokens')).status).toBe(200)
  expect((await user.open('/settings/shared-tokens')).status).toBe(404)
  expect((await user.open('/settings/account')).body).not.toContain('/settings/shared-tokens')
})
