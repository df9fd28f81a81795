import { describe, expect, it } from 'vitest'
import { readSecretFile } from '../src/adapters/process/read-secret-file.ts'
import { loadConfig } from '../src/config/config.ts'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import {
  addAuthenticator,
  anAccountWithAuthenticator,
  enrollAuthenticator,
  sendCode,
} from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const minute = 60_000
const sessionCookie = 'session-dev'
const pendingCookie = 'session-pending-dev'

/** Attacks on step-up and assurance that other products have had, from outside (attacks.md section 12). */
describe.each(databases)('attacks on step-up on %s', (kind) => {
  const opened = useApp(kind, { env: { REQUIRE_SECOND_FACTOR: 'administrators' } })

  it('the token of a pending sign-in is no session in any credential (CVE-2023-48309)', async () => {
    const app = opened()
    const { account } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const token = browser.cookies.get(pendingCookie) ?? ''
    expect(token).not.toBe('')
    expect(
      await app.features.ownSessions.list({
        userId: account.id,
        current: { id: '', lastActivityAt: 0 },
      }),
    ).toEqual([])

    browser.cookies.set(sessionCookie, token)
    expect((await browser.send('/api/session')).status).toBe(401)
    for (const path of ['/dashboard', '/settings/authenticators', '/reauthenticate'])
      expect((await browser.open(path)).location, path).toMatch(/^\/login\?/)
    const headers = [['Authorization', `Bearer ${token}`]] as const
    expect((await app.send('/api/urls', { headers })).status).toBe(401)
  })

  it('a password alone never removes, adds or replaces a factor (CVE-2026-3429, CVE-2024-45042)', async () => {
    const app = opened()
    // The session is older than the factor, so it shows the password only.
    const before = await aSignedInBrowser(app)
    await enrollAuthenticator(app, before.account)
    const [factor] = (await app.persistence.factors.list(before.account.id)).factors
    const path = `/settings/authenticators/${factor?.id}`
    const attempts = [
      before.open(`${path}/remove`),
      before.submit(`${path}/remove`, {}, { on: '/dashboard' }),
      before.submit(`${path}/rename`, { name: 'Mine' }, { on: '/dashboard' }),
      before.submit('/settings/authenticators', {}, { on: '/dashboard' }),
      before.open('/settings/passkeys/add'),
      before.submit('/settings/recovery-codes', {}, { on: '/dashboard' }),
      before.open('/settings/password'),
      before.open('/settings/email'),
    ]
    for (const { status, location } of await Promise.all(attempts))
      expect([status, location]).toEqual([303, expect.stringMatching(/^\/reauthenticate\?/)])

    // Nor does the password entered again.
    const { password } = before.account
    const answer = await before.submit('/reauthenticate', { password })
    expect(answer.status).toBe(401)
    expect((await before.open(`${path}/remove`)).location).toMatch(/^\/reauthenticate\?/)
    expect((await app.persistence.users.find(before.account.id))?.secondFactors).toBe(1)
  })

  it('neither use, refresh nor a password step-up renews the time of the second factor', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    await sendCode(browser, authenticator)
    expect((await browser.open('/settings/email')).status).toBe(200)
    for (let passed = 0; passed < 16; passed += 4) {
      app.clock.advance(4 * minute)
      expect((await browser.open('/dashboard')).status).toBe(200)
      expect((await browser.send('/api/session')).status).toBe(200)
    }
    expect((await browser.open('/settings/email')).location).toMatch(/^\/reauthenticate\?/)
    await browser.submit('/reauthenticate', { password: account.password })
    expect((await browser.open('/settings/email')).location).toMatch(/^\/reauthenticate\?/)
    const { password } = account
    const factor = { method: 'authenticator', code: authenticator.code() }
    expect((await browser.submit('/reauthenticate', { password, ...factor })).status).toBe(303)
    expect((await browser.open('/settings/email')).status).toBe(200)
  })

  it('a factor that cannot be checked lets no one in (GHSA-8fpg-xm3f-6cx3)', async () => {
    const app = opened()
    const account = await app.account()
    await addAuthenticator(app, account.id)
    const browser = aBrowser(app)
    expect((await browser.signIn(account)).location).toBe('/login/second-factor')
    for (const code of ['', '000000', 'undefined']) {
      const fields = { method: 'authenticator', code }
      const { status } = await browser.submit('/login/second-factor', fields)
      expect(status).toBeGreaterThanOrEqual(400)
    }
    expect(browser.sessionCookie()).toBe('')
    expect((await browser.send('/api/session')).status).toBe(401)
  })
})

it('an invalid policy stops the start instead of turning second factors off (GHSA-8fpg-xm3f-6cx3)', () => {
  for (const value of ['false', '0', 'none', 'admin', 'everyone,off']) {
    const loaded = loadConfig({ REQUIRE_SECOND_FACTOR: value }, { readSecretFile })
    expect(loaded.status, value).toBe('invalid')
  }
})
