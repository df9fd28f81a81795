import { randomBytes } from 'node:crypto'
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

describe.each(databases)('signing in with an existing session cookie on %s (V7.2.4)', (kind) => {
  const opened = useApp(kind)

  it('never adopts a preset session cookie (fixation) (CVE-2022-25896, CVE-2023-29019)', async () => {
    const app = opened()
    const account = await app.account()
    const victim = aBrowser(app)
    const planted = aToken()
    victim.cookies.set('session-dev', planted)
    expect((await victim.signIn(account)).status).toBe(303)
    expect(victim.sessionCookie()).not.toBe(planted)
    expect(victim.sessionCookie().split('.')[0]).not.toBe(planted.split('.')[0])
    expect(await status(app, cookie(planted))).toBe(401)
    expect(await status(app, cookie(victim.sessionCookie()))).toBe(200)
  })

  it('ends the existing session and carries nothing over to the next user (CVE-2022-3916)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const first = browser.sessionCookie()
    const csrf = await browser.csrfToken('/dashboard')
    await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test',
      short_code: `sw-${kind}`,
    })
    const other = await app.account()
    expect((await browser.signIn(other)).status).toBe(303)
    expect(await status(app, cookie(first))).toBe(401)
    const dashboard = await browser.open('/dashboard')
    expect(dashboard.body).toContain(other.email)
    expect(dashboard.body).not.toContain(browser.account.email)
    expect(dashboard.body).not.toContain(`sw-${kind}`)
    const old = await browser.submit('/create', {
      csrf_token: csrf,
      original_url: 'https://dest.test',
    })
    expect(old.status).toBe(403)
    // The same user again: still a new session, and the old one has ended.
    const second = browser.sessionCookie()
    await browser.signIn(other)
    expect([
      await status(app, cookie(second)),
      await status(app, cookie(browser.sessionCookie())),
    ]).toEqual([401, 200])
  })

  it('never accepts the pre-session cookie as a session, and expires it (CS-CSRF-6)', async () => {
    const app = opened()
    const account = await app.account()
    const browser = aBrowser(app)
    await browser.open('/login')
    const pre = browser.cookies.get('pre-dev') ?? ''
    expect(pre).not.toBe('')
    expect(await status(app, cookie(pre))).toBe(401)
    const answer = await browser.signIn(account)
    expect(answer.setCookies.join()).toMatch(/pre-dev=; [^,]*Max-Age=0/)
  })

  it('keeps its cookie when a late response answers the old one, ended elsewhere before', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    await other.submit('/settings/sessions/revoke-others', {}, { on: '/settings/sessions' })
    const old = browser.sessionCookie()
    const requestPage = () => app.send('/dashboard', { headers: cookie(old) })

    const early = await requestPage()
    expect(early.setCookies.join()).toMatch(/session-dev=; [^,]*Max-Age=0/)
    // A sign-in at the instant of the revocation would be refused.
    app.clock.advance(1_000)
    expect((await browser.signIn(browser.account)).status).toBe(303)
    const late = await requestPage()

    expect([late.status, late.location]).toEqual([early.status, early.location])
    expect(late.setCookies.join()).not.toContain('session-dev=')
    expect((await browser.open('/dashboard')).status).toBe(200)
  })

  it('leaves other devices of the user signed in', async () => {
    const app = opened()
    const phone = await aSignedInBrowser(app)
    await aSignedInBrowser(app, phone.account)
    expect((await phone.send('/api/session')).status).toBe(200)
  })

  it('keeps the existing session if the sign-in fails', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.signIn({ email: browser.account.email, password: 'wrong' })
    expect(answer.status).toBe(401)
    expect((await browser.send('/api/session')).status).toBe(200)
  })
})
