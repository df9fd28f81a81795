import { describe, expect, it } from 'vitest'
import { aBrowser, textOf } from './support/browser.ts'
import { anAccountWithAuthenticator, sendCode } from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const path = '/login/second-factor'

describe.each(databases)('second step on %s', (kind) => {
  const opened = useApp(kind)

  it('follows the password, and creates the session only after a correct code (V2.3.1)', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    const first = await browser.signIn(account, { next: '/create', remember_me: 'on' })
    expect([first.status, first.location]).toEqual([303, path])
    expect(first.headers['referrer-policy']).toBe('no-referrer')
    expect(browser.sessionCookie()).toBe('')
    expect((await browser.send('/api/session')).status).toBe(401)
    expect((await browser.open('/dashboard')).location).toBe('/login?next=%2Fdashboard')

    const page = await browser.open(path)
    expect(textOf(page)).toContain(`Signing in as ${account.email}`)
    expect(page.body).toMatch(
      /<input id="code"[^>]*autocomplete="one-time-code"[^>]*inputmode="numeric"/,
    )
    const done = await sendCode(browser, authenticator)
    expect([done.status, done.location]).toEqual([303, '/create'])
    // Remembered in the first step.
    expect(done.setCookies.find((each) => each.startsWith('session-dev='))).toMatch(/; Max-Age=/)
    expect(textOf(await browser.open('/dashboard'))).toContain(`Welcome back, ${account.email}.`)
    expect([...browser.cookies.keys()]).not.toContain('session-pending-dev')
  })

  it('refuses the correct password after the password: the same factor twice is one factor', async () => {
    const app = opened()
    const { account } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const fields = { method: 'password', password: account.password }
    expect((await browser.submit(path, fields)).status).toBe(401)
    expect(browser.sessionCookie()).toBe('')
  })
})
