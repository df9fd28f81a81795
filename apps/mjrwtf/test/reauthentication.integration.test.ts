import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import { bypasses } from './support/bypasses.ts'
import type { TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const minute = 60_000
const path = '/reauthenticate'

async function authenticatedAt(browser: Browser): Promise<unknown> {
  return (await browser.send('/api/session')).json()
}

const rejections = (app: TestApp) => app.log().filter(({ event }) => event === 'step-up-failed')

describe.each(databases)('reauthentication on %s', (kind) => {
  const opened = useApp(kind)

  it('accepts the password, replaces the session secret and redirects to `next` (V7.2.4)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const { password } = browser.account
    const before = browser.sessionCookie()
    app.clock.advance(20 * minute)
    const pending = await browser.open(`${path}?next=/create`)
    expect(pending.body).toContain('name="next" value="/create"')
    expect(textOf(pending)).toContain(`Signed in as ${browser.account.email}`)
    expect(pending.body).toContain('<a href="/forgot">')

    const answer = await browser.submit(path, { password, next: '/create' })
    expect([answer.status, answer.location]).toEqual([303, '/create'])
    expect(answer.headers['referrer-policy']).toBe('no-referrer')
    expect(browser.sessionCookie().split('.')[0]).toBe(before.split('.')[0])
    expect(browser.sessionCookie()).not.toBe(before)
    const now = new Date(app.clock.now()).toISOString()
    const methods = [{ method: 'pwd', at: now }]
    const session = { authenticated_at: now, assurance_level: 1, methods }
    expect(await authenticatedAt(browser)).toMatchObject({ session })

    app.clock.advance(11_000)
    const old: RawHeaders = [['Cookie', `session-dev=${before}`]]
    expect((await app.send('/api/session', { headers: old })).status).toBe(401)
    expect(app.log().some(({ event }) => event === 'session-stepped-up')).toBe(true)
  })

  it('keeps form, next and session after a wrong password', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const before = browser.sessionCookie()
    const wrong = ['wrong', '', ` ${browser.account.password}`, 'x'.repeat(5_000)]
    const pages = new Set<string>()
    for (const password of wrong) {
      const answer = await browser.submit(path, { password, next: '/create' })
      expect([answer.status, answer.setCookies]).toEqual([401, []])
      expect(answer.body).toContain('name="next" value="/create"')
      pages.add(textOf(answer))
    }
    expect(pages.size).toBe(1)
    expect([...pages][0]).toContain('Wrong password.')
    expect(browser.sessionCookie()).toBe(before)
    const { id: userId } = browser.account
    expect(rejections(app).at(-1)).toMatchObject({
      reason: 'wrong',
      userId,
      ipAddress: '127.0.0.1',
    })
  })

  it('shares the failure count with sign-in: the seventh attempt gets 429 (V6.2.2)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    // With it, failures would count for this device only.
    browser.cookies.delete('device-dev')
    const statuses: number[] = []
    for (let n = 0; n < 3; n += 1) {
      statuses.push((await browser.submit(path, { password: 'wrong' })).status)
      const { email } = browser.account
      statuses.push((await aBrowser(app).signIn({ email, password: 'wrong' })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401])
    const rejected = await browser.submit(path, { password: browser.account.password })
    expect([rejected.status, rejected.headers['retry-after']]).toEqual([429, '1'])
    expect(textOf(rejected)).toContain('Too many attempts.')
    expect(rejections(app).at(-1)).toMatchObject({ reason: 'throttled' })
    expect((await browser.open('/dashboard')).status).toBe(200)

    app.clock.advance(minute)
    const { password } = browser.account
    expect((await browser.submit(path, { password })).status).toBe(303)
  })

  it('answers 503 with Retry-After while the hasher is busy, and counts no failure', async () => {
    await using app = await anApp(kind, {
      passwordHasher: {
        hash: async () => ({ status: 'hashed', hash: 'any' }),
        check: async (password) =>
          password === 'busy'
            ? { status: 'busy', retryAfterSeconds: 2 }
            : { status: 'match', needsRehash: false },
      },
    })
    const browser = await aSignedInBrowser(app)
    for (let n = 0; n < 8; n += 1) {
      const answer = await browser.submit(path, { password: 'busy' })
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2'])
    }
    expect((await browser.submit(path, { password: 'right' })).status).toBe(303)
  })

  it('submitted in two tabs: both redirect to next, with one new secret', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const { password } = browser.account
    const first = await browser.csrfToken(path)
    const cookie = `session-dev=${browser.sessionCookie()}`
    const body = new URLSearchParams({ csrf_token: first, password, next: '/create' }).toString()
    const headers: RawHeaders = [
      ['Cookie', cookie],
      ['Origin', app.baseUrl],
      ['Sec-Fetch-Site', 'same-origin'],
      ['Content-Type', 'application/x-www-form-urlencoded'],
    ]
    const blocked = app.faults.block('store.replaceSecret')
    const slow = app.send(path, { method: 'POST', headers, body })
    await blocked.reached
    const fast = await app.send(path, { method: 'POST', headers, body })
    blocked.release()
    const answers = [fast, await slow]
    expect(answers.map(({ status, location }) => [status, location])).toEqual([
      [303, '/create'],
      [303, '/create'],
    ])
    const cookies = answers.flatMap(({ setCookies }) => setCookies)
    expect(cookies).toHaveLength(1)
    browser.cookies.set('session-dev', /=([^;]*)/.exec(cookies[0] ?? '')?.[1] ?? '')
    app.clock.advance(minute)
    expect((await browser.open('/dashboard')).status).toBe(200)
  })

  it('redirects to sign-in with the reason if the session ended while the form was open', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const csrf_token = await browser.csrfToken(path)
    const other = await aSignedInBrowser(app, browser.account)
    await app.features.ownSessions.endAll({ userId: browser.account.id, except: idOf(other) })
    const fields = { csrf_token, password: browser.account.password }
    const answer = await browser.submit(path, fields, { on: '/login' })
    expect(answer.location).toMatch(/^\/login\?error=session_expired/)
    expect(textOf(await browser.open(answer.location))).toContain('signed out from another device')
  })

  it('redirects every open-redirect form of `next` to the dashboard (V3.7.2)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const { password } = browser.account
    for (const next of bypasses) {
      const answer = await browser.submit(path, { password, next })
      const expected = next === '/' ? '/' : '/dashboard'
      expect([next.slice(0, 40), answer.status, answer.location]).toEqual([
        next.slice(0, 40),
        303,
        expected,
      ])
      const page = await browser.open(`${path}?next=${encodeURIComponent(next)}`)
      expect([page.status, page.body.includes('evil')]).toEqual([200, false])
    }
  })

  it('keeps a remembered session remembered; remembering is not a step-up (V7.5.1)', async () => {
    const app = opened()
    const account = await app.account()
    const browser = aBrowser(app)
    await browser.signIn(account, { remember_me: 'on' })
    app.clock.advance(7 * 24 * 60 * minute)
    const { password } = account
    const answer = await browser.submit(path, { password })
    const cookie = answer.setCookies.find((each) => each.startsWith('session-dev='))
    expect(cookie).toMatch(/; Max-Age=2592000$/)
  })
})

function idOf(browser: Browser): string {
  return browser.sessionCookie().split('.')[0] ?? ''
}
