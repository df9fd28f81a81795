import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import { type Account, proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const minute = 60_000
const path = '/settings/sessions'
const page: RawHeaders = [['Referer', `http://localhost:8080${path}`]]

const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

function idOf(browser: Browser): string {
  return browser.sessionCookie().split('.')[0] ?? ''
}

/** Submits a form of the session list. */
function submitAction(browser: Browser, action: string): Promise<TestResponse> {
  return browser.submit(`${path}/${action}`, {}, { on: path, headers: page })
}

async function withAgent(app: TestApp, account: Account, agent: string): Promise<Browser> {
  const browser = aBrowser(app, [['User-Agent', agent]])
  await browser.signIn(account)
  return browser
}

const ends = (app: TestApp) =>
  app.storage.query('SELECT end_reason, ended_by FROM sessions WHERE ended_at IS NOT NULL')

describe.each(databases)('session list on %s (V7.5.2)', (kind) => {
  const opened = useApp(kind)

  it('shows device, IP address and times of each session, most recently active first', async () => {
    const app = opened()
    const account = await app.account()
    const phone = await withAgent(app, account, iphone)
    app.clock.advance(3 * minute)
    const remembering = aBrowser(app)
    await remembering.signIn(account, { remember_me: 'on' })
    app.clock.advance(5 * minute)
    await phone.open('/dashboard')
    await app.flushActivity()
    app.clock.advance(10 * minute)
    const answer = await (await aSignedInBrowser(app, account)).open(path)
    const items = answer.body
      .split('<li class="device')
      .slice(1)
      .map((body) => textOf({ body }))
    expect(items).toHaveLength(3)
    const [here = '', onPhone = '', remembered = ''] = items
    expect(here).toMatch(
      /Firefox on Linux This device Last active just now .* IP address 127\.0\.0\.1/,
    )
    expect(onPhone).toMatch(/Safari on iPhone Last active 10 minutes ago/)
    expect(onPhone).toMatch(
      /Signed in 18 minutes ago .* Last confirmed 18 minutes ago .* Signed in with Password/,
    )
    expect(onPhone).not.toMatch(/This device|Remembered/)
    expect(remembered).toMatch(/Firefox on Linux Remembered Last active 15 minutes ago/)
    const at = new Date(app.clock.now() - 10 * minute)
    expect(answer.body).toContain(`<time datetime="${at.toISOString()}"`)
    expect(onPhone).toMatch(new RegExp(`${at.toISOString().slice(11, 16)} UTC`))
  })

  it('omits ended and expired sessions and those of other users', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const out = await aSignedInBrowser(app, browser.account)
    await out.submit('/logout', {}, { on: '/dashboard' })
    const visitor = await aSignedInBrowser(app)
    const idle = await aSignedInBrowser(app, browser.account)
    app.clock.advance(20 * minute)
    await browser.open('/dashboard')
    await app.flushActivity()
    app.clock.advance(15 * minute)
    const { body } = await browser.open(path)
    expect(body.match(/<li class="device/g)).toHaveLength(1)
    expect(textOf({ body })).toContain('You are not signed in anywhere else.')
    for (const each of [visitor, idle]) expect(body).not.toContain(idOf(each))
  })

  it('shows the user agent of an unknown browser, truncated and escaped', async () => {
    const app = opened()
    const account = await app.account()
    await withAgent(app, account, `<script>alert(1)</script>${'x'.repeat(900)}`)
    await withAgent(app, account, 'curl/8.5.0')
    const answer = await (await aSignedInBrowser(app, account)).open(path)
    const text = textOf(answer)
    expect(text.match(/Unknown browser What|Unknown browser Last/g)).toHaveLength(2)
    expect(text).toContain('User agent curl/8.5.0')
    expect(answer.body).toContain(`&lt;script&gt;alert(1)&lt;/script&gt;${'x'.repeat(175)}…`)
    expect(answer.body).not.toContain('x'.repeat(176))
    expect(answer.body).not.toContain('<script>alert')
  })

  it('answers 503 while the store fails, and keeps the session', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    app.faults.fail('store.listByUser', () => new SessionError('store-unavailable', 'planted'))
    const answer = await browser.open(path)
    expect([answer.status, answer.setCookies]).toEqual([503, []])
    app.faults.restore()
    expect((await browser.open(path)).status).toBe(200)
  })
})

describe.each(databases)('ending sessions from the list on %s (V7.5.2, V7.4.3)', (kind) => {
  it('ends one session at once, and its next page states the reason', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    const third = await aSignedInBrowser(app, browser.account)
    const answer = await submitAction(browser, `${idOf(other)}/revoke`)
    expect([answer.status, answer.location]).toEqual([303, path])
    expect(textOf(await browser.open(path))).toContain('Device signed out.')
    expect((await other.send('/api/session')).status).toBe(401)
    const redirect = await other.open('/dashboard')
    expect(redirect.location).toBe('/login?error=session_expired&next=%2Fdashboard')
    expect(textOf(await other.open(redirect.location))).toContain(
      'You were signed out from another device. Please sign in again.',
    )
    expect((await third.open('/dashboard')).status).toBe(200)
    expect(await ends(app)).toEqual([{ end_reason: 'ended-by-user', ended_by: browser.account.id }])
  })

  it('ends all other sessions and keeps the current one', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const others = [
      await aSignedInBrowser(app, browser.account),
      await aSignedInBrowser(app, browser.account),
    ]
    const visitor = await aSignedInBrowser(app)
    expect(textOf(await browser.open(path))).toContain('Sign out 2 other devices')
    const answer = await submitAction(browser, 'revoke-others')
    expect([answer.status, answer.location]).toEqual([303, path])
    expect(textOf(await browser.open(path))).toContain('Signed out of 2 other devices.')
    for (const other of others) expect((await other.send('/api/session')).status).toBe(401)
    expect((await visitor.open('/dashboard')).status).toBe(200)
    await submitAction(browser, 'revoke-others')
    expect(textOf(await browser.open(path))).toContain('You are not signed in anywhere else.')
  })

  it('ends all sessions including the current one, and deletes the cookie', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    const token = browser.sessionCookie()
    const answer = await submitAction(browser, 'revoke-all')
    expect([answer.status, answer.location]).toEqual([303, '/'])
    expect(answer.headers['clear-site-data']).toBe('"storage"')
    expect(browser.sessionCookie()).toBe('')
    const replay: RawHeaders = [['Cookie', `session-dev=${token}`]]
    expect((await app.send('/api/session', { headers: replay })).status).toBe(401)
    expect((await other.send('/api/session')).status).toBe(401)
    expect(await app.storage.query('SELECT id FROM sessions WHERE ended_at IS NULL')).toEqual([])
  })

  it('signs out if the session to end is the current one', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    const answer = await submitAction(browser, `${idOf(browser)}/revoke`)
    expect([answer.status, answer.location, browser.sessionCookie()]).toEqual([303, '/', ''])
    expect((await other.open('/dashboard')).status).toBe(200)
  })

  it('answers 404 to a foreign, ended, unknown or invalid id and changes nothing (V8.2.2)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const visitor = await aSignedInBrowser(app)
    const ended = await aSignedInBrowser(app, browser.account)
    const endedId = idOf(ended)
    await ended.submit('/logout', {}, { on: '/dashboard' })
    await browser.open(path)
    const before = await app.fingerprint()
    const pages = new Set<string>()
    for (const id of [idOf(visitor), endedId, 'A'.repeat(22), 'abc', '%00', 'x'.repeat(300)]) {
      const answer = await submitAction(browser, `${id}/revoke`)
      expect([id, answer.status]).toEqual([id, 404])
      // A path with a null character gets the page of an unknown URL.
      if (id !== '%00') pages.add(textOf(answer).replace(/Request ID: \S+/, ''))
      const apiAnswer = await browser.call('DELETE', `/api/sessions/${id}`)
      expect([id, apiAnswer.status]).toEqual([id, 404])
    }
    expect(pages.size).toBe(1)
    expect(await app.fingerprint()).toBe(before)
    expect((await visitor.open('/dashboard')).status).toBe(200)
  })

  it('requires recent authentication, leads to the action and repeats nothing (V7.5.1)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    app.clock.advance(15 * minute)
    await other.open('/dashboard')
    await browser.open(path)
    const before = await app.fingerprint()
    for (const action of [`${idOf(other)}/revoke`, 'revoke-others', 'revoke-all']) {
      const answer = await submitAction(browser, action)
      expect([action, answer.status, answer.location]).toEqual([
        action,
        303,
        `/reauthenticate?next=${encodeURIComponent(`${path}/${action}?interrupted=1`)}`,
      ])
    }
    expect(await app.fingerprint()).toBe(before)

    const { password } = browser.account
    const stepped = await browser.submit('/reauthenticate', { password, next: path })
    expect([stepped.status, stepped.location]).toEqual([303, path])
    expect((await other.send('/api/session')).status).toBe(200)
    expect((await submitAction(browser, `${idOf(other)}/revoke`)).status).toBe(303)
    expect((await other.send('/api/session')).status).toBe(401)
  })

  it('requires recent authentication from a remembered session too (63B 5.2)', async () => {
    await using app = await anApp(kind)
    const browser = aBrowser(app)
    await browser.signIn(await app.account(), { remember_me: 'on' })
    app.clock.advance(15 * minute)
    expect((await submitAction(browser, 'revoke-others')).location).toMatch(/^\/reauthenticate/)
  })

  it('ends a session once when two tabs submit', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    const action = `${idOf(other)}/revoke`
    const answers = await Promise.all([
      submitAction(browser, action),
      submitAction(browser, action),
    ])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 404])
    expect(await ends(app)).toHaveLength(1)
  })

  it('rejects a form with an unknown field', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const form = { on: path, headers: page }
    const answer = await browser.submit(`${path}/revoke-all`, { user_id: 'x' }, form)
    expect(answer.status).toBe(400)
    expect((await browser.open('/dashboard')).status).toBe(200)
  })
})

describe.each(databases)('sessions over the API on %s (V7.5.2)', (kind) => {
  it('are listed without tokens, with the current one marked', async () => {
    await using app = await anApp(kind, { env: proxied })
    const account = await app.account()
    const browser = aBrowser(app, [['X-Forwarded-For', '203.0.113.9']])
    await browser.signIn(account)
    app.clock.advance(minute)
    const other = await aSignedInBrowser(app, account)
    const answer = await browser.send('/api/sessions')
    const at = (ago: number) => new Date(app.clock.now() - ago).toISOString()
    expect(answer.json()).toEqual({
      sessions: expect.arrayContaining([
        {
          id: idOf(browser),
          current: true,
          created_at: at(minute),
          last_activity_at: at(0),
          expires_at: at(minute - 24 * 60 * minute),
          assurance_level: 1,
          methods: [{ method: 'pwd', at: at(minute) }],
          ip_address: '203.0.113.9',
          user_agent: expect.stringContaining('Firefox/140.0'),
        },
        {
          id: idOf(other),
          current: false,
          created_at: at(0),
          last_activity_at: at(0),
          expires_at: at(-24 * 60 * minute),
          assurance_level: 1,
          methods: [{ method: 'pwd', at: at(0) }],
          ip_address: '127.0.0.1',
          user_agent: expect.any(String),
        },
      ]),
    })
    expect(answer.body).not.toContain(browser.sessionCookie().split('.')[1])
  })

  it('are ended with 204 after recent authentication; otherwise 403 and no change', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    app.clock.advance(15 * minute)
    await other.open('/dashboard')
    await browser.open('/dashboard')
    const before = await app.fingerprint()
    const target = `/api/sessions/${idOf(other)}`
    const rejected = await browser.call('DELETE', target)
    expect(rejected.status).toBe(403)
    expect(rejected.json()).toMatchObject({ error: { code: 'recent_authentication_required' } })
    expect(await app.fingerprint()).toBe(before)

    const { password } = browser.account
    await browser.submit('/reauthenticate', { password })
    const ended = await browser.call('DELETE', target)
    expect([ended.status, ended.body]).toEqual([204, ''])
    expect((await other.send('/api/session')).status).toBe(401)
    expect((await browser.call('DELETE', target)).status).toBe(404)
  })

  it('ending the current session deletes its cookie, like a sign-out', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const answer = await browser.call('DELETE', `/api/sessions/${idOf(browser)}`)
    expect([answer.status, browser.sessionCookie()]).toEqual([204, ''])
  })

  it('are not accessible with a bearer token, with a valid cookie or without (63B 5.1.2)', async () => {
    const error = 'insufficient_user_authentication'
    const description = 'This operation needs the session of a user who is present, not a token.'
    const challenge = `Bearer error="${error}", error_description="${description}"`
    await using app = await anApp(kind, { env: { AUTH_TOKEN: 'a-shared-bearer-token' } })
    const browser = await aSignedInBrowser(app)
    const headers: RawHeaders = [
      ['Authorization', 'Bearer a-shared-bearer-token'],
      ['Content-Type', 'application/json'],
    ]
    for (const client of [browser, aBrowser(app)]) {
      for (const [method, target, expected] of [
        ['GET', '/api/session', challenge],
        ['GET', '/api/sessions', challenge],
        ['DELETE', `/api/sessions/${idOf(browser)}`, `${challenge}, max_age="900"`],
      ] as const) {
        const answer = await client.send(target, { method, headers })
        const { 'www-authenticate': header } = answer.headers
        expect([method, answer.status, header]).toEqual([method, 401, expected])
      }
    }
    expect((await browser.open('/dashboard')).status).toBe(200)
  })

  it('require JSON and the CSRF token to be ended', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    const target = `/api/sessions/${idOf(other)}`
    const sameOrigin: RawHeaders = [['Origin', app.baseUrl]]
    const json: RawHeaders = [...sameOrigin, ['Content-Type', 'application/json']]
    expect((await browser.send(target, { method: 'DELETE', headers: sameOrigin })).status).toBe(415)
    expect((await browser.send(target, { method: 'DELETE', headers: json })).status).toBe(403)
    expect((await other.send('/api/session')).status).toBe(200)
  })
})
