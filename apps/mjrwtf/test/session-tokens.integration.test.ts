import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const cookie = (value: string): RawHeaders => [['Cookie', `session-dev=${value}`]]

const status = async (app: TestApp, headers: RawHeaders) =>
  (await app.send('/api/session', { headers })).status

const aToken = () =>
  `${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`

describe.each(databases)('session tokens on %s', (kind) => {
  const opened = useApp(kind)

  it('are read from the cookie only: the same token elsewhere is 401 (V7.2.1, V14.2.1)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const token = browser.sessionCookie()
    expect(await status(app, cookie(token))).toBe(200)
    const elsewhere: readonly RawHeaders[] = [
      [['X-Session-Id', token]],
      [['Authorization', `Bearer ${token}`]],
      [['Authorization', `Session ${token}`]],
      [['Cookie', `session=${token}; sid=${token}; Session-Dev=${token}`]],
      [['Cookie', `__Host-session=${token}`]],
      [['Cookie2', `session-dev=${token}`]],
    ]
    for (const headers of elsewhere)
      expect([headers, await status(app, headers)]).toEqual([headers, 401])
    expect((await app.send(`/api/session?session-dev=${token}&session=${token}`)).status).toBe(401)
    const body = JSON.stringify({ original_url: 'https://dest.test', session: token })
    const headers: RawHeaders = [['Content-Type', 'application/json']]
    expect((await app.send('/api/urls', { method: 'POST', headers, body })).status).toBe(401)
  })

  it('are not read for static files and health checks; without one the store is not queried', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const page = (await browser.open('/dashboard')).body
    const assets = page.match(/\/assets\/[\w.-]+/g) ?? []
    expect(assets.length).toBeGreaterThan(1)
    app.faults.calls.length = 0
    for (const path of [...assets, '/health']) {
      expect((await browser.open(path)).status).toBe(200)
    }
    for (const path of ['/', '/login', '/docs/api']) {
      expect((await aBrowser(app).open(path)).status).toBe(200)
    }
    expect(app.faults.calls.filter((call) => call.startsWith('store.'))).toEqual([])
  })

  it('are parsed first: malformed ones are never looked up (CS-SM-4, CVE-2015-3982)', async () => {
    const app = opened()
    const good = aToken()
    app.faults.calls.length = 0
    for (const value of [
      '',
      ' ',
      '.',
      'x',
      good.slice(1),
      `${good}A`,
      good.replace('.', ''),
      `"${good}"`,
      `${good}%00`,
      `${good.slice(0, 66)}\u00e9`,
      good.replace(/.$/, 'B'),
      '../../etc/passwd',
      `' OR 1=1 --.${'A'.repeat(43)}`,
      'A'.repeat(10_000),
      'session-dev',
      '__proto__',
    ]) {
      const answer = await app.send('/api/session', { headers: cookie(value) })
      expect([value.slice(0, 80), answer.status]).toEqual([value.slice(0, 80), 401])
    }
    expect(app.faults.calls).toEqual([])
    expect(await status(app, cookie(good))).toBe(401)
    expect(app.faults.calls).toEqual(['store.find'])
  })

  it('their cookie name is compared byte for byte (PortSwigger, CVE-2023-23934)', async () => {
    const app = opened()
    const token = (await aSignedInBrowser(app)).sessionCookie()
    for (const header of [
      `\u00a0session-dev=${token}`,
      `=session-dev=${token}`,
      `$Version=1; $session-dev=${token}`,
      `session-dev ="${token}"`,
      `SESSION-DEV=${token}`,
      `session-dev%20=${token}`,
      `session%2Ddev=${token}`,
      `x="; session-dev=${token.slice(0, 40)}"`,
    ]) {
      const headers: RawHeaders = [['Cookie', header]]
      expect([header.slice(0, 20), await status(app, headers)]).toEqual([header.slice(0, 20), 401])
    }
    const otherCookies = Array.from({ length: 100 }, (_, n) => `c${n}=${'v'.repeat(80)}`).join('; ')
    const headers: RawHeaders = [['Cookie', `${otherCookies}; session-dev=${token}`]]
    expect(await status(app, headers)).toBe(200)
  })

  it('are rejected if two session cookies are sent, in one header or two, in any order (CS-SM-8)', async () => {
    const app = opened()
    const token = (await aSignedInBrowser(app)).sessionCookie()
    for (const headers of [
      [['Cookie', `session-dev=${token}; session-dev=${aToken()}`]],
      [['Cookie', `session-dev=${aToken()}; session-dev=${token}`]],
      [['Cookie', `session-dev=${token}; session-dev=${token}`]],
      [...cookie(token), ...cookie(aToken())],
    ] as const) {
      expect(await status(app, headers)).toBe(401)
    }
    expect(await status(app, cookie(token))).toBe(200)
  })

  it('are not stored, and what is stored does not authenticate (CS-SM-19)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await browser.open('/dashboard')
    const token = browser.sessionCookie()
    const [id = '', secret = ''] = token.split('.')
    const dump = await app.storage.dump()
    expect(dump).toContain(id)
    expect(dump).not.toContain(secret)
    expect(dump).not.toContain(Buffer.from(secret, 'base64url').toString('hex'))
    const hash = createHash('sha256').update(secret).digest('base64url')
    expect(dump).toContain(hash)
    expect(await status(app, cookie(`${id}.${hash}`))).toBe(401)
    expect(await status(app, cookie(token))).toBe(200)
  })

  it('differ at every sign-in and contain 16 and 32 random bytes (V7.2.3)', async () => {
    const app = opened()
    const account = await app.account()
    const tokens = new Set<string>()
    for (let n = 0; n < 10; n += 1) {
      tokens.add((await aSignedInBrowser(app, account)).sessionCookie())
    }
    expect(tokens.size).toBe(10)
    for (const token of tokens) {
      expect(token.split('.').map((half) => Buffer.from(half, 'base64url').length)).toEqual([
        16, 32,
      ])
    }
  })

  it('create no rows if unknown or missing (CVE-2015-5143)', async () => {
    const app = opened()
    const before = await app.fingerprint()
    for (let batch = 0; batch < 20; batch += 1) {
      await Promise.all(Array.from({ length: 25 }, () => status(app, cookie(aToken()))))
    }
    for (const path of ['/', '/login', '/dashboard', '/nothing']) {
      await app.send(path)
      await app.send(path, { headers: cookie(aToken()) })
    }
    expect(await app.fingerprint()).toBe(before)
    // The unknown-token limiter would reject others for the rest of the minute.
    app.clock.advance(60_000)
  })

  it('are not needed to sign out: without a session nothing is written (CVE-2015-5963)', async () => {
    const app = opened()
    const before = await app.fingerprint()
    const browser = aBrowser(app)
    const answer = await browser.submit('/logout', {}, { on: '/login' })
    expect(answer.status).toBe(303)
    browser.cookies.set('session-dev', aToken())
    expect((await browser.submit('/logout', {}, { on: '/login' })).status).toBe(303)
    expect(await app.fingerprint()).toBe(before)
  })
})
