import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser, formType } from './support/browser.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const json: RawHeaders = [['Content-Type', 'application/json']]

const sameOrigin: RawHeaders = [['Sec-Fetch-Site', 'same-origin']]

async function apiToken(browser: Browser): Promise<string> {
  const { body } = await browser.send('/api/session')
  return /"csrf_token":"([^"]+)"/.exec(body)?.[1] ?? ''
}

describe.each(databases)('CSRF tokens on %s (63B 5.1 g, CS-CSRF-1, CS-CSRF-2)', (kind) => {
  const opened = useApp(kind)

  it('are rejected if missing, wrong, repeated, in a file or the query, or of another session', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app)
    const good = await browser.csrfToken('/create')
    const foreign = await other.csrfToken('/create')
    const anonymous = await aBrowser(app).csrfToken('/login')
    const url = 'original_url=https%3A%2F%2Fdest.test'
    const post = (body: string, headers: RawHeaders = formType, path = '/create') =>
      browser.send(path, { method: 'POST', headers: [...headers, ...sameOrigin], body })

    expect((await post(`${url}&csrf_token=${good}`)).status).toBe(303)
    for (const [body, status] of [
      [url, 403],
      [`${url}&csrf_token=`, 403],
      [`${url}&csrf_token=x`, 403],
      [`${url}&csrf_token=${'A'.repeat(86)}`, 403],
      [`${url}&csrf_token=${good.slice(0, -2)}`, 403],
      [`${url}&csrf_token=${good}%00`, 403],
      [`${url}&csrf_token=${good}A`, 403],
      [`${url}&csrf_token[]=${good}`, 403],
      [`${url}&CSRF_TOKEN=${good}`, 403],
      [`${url}&csrf_token=${foreign}`, 403],
      [`${url}&csrf_token=${anonymous}`, 403],
      [`${url}&csrf_token=${browser.sessionCookie()}`, 403],
      [`${url}&csrf_token=${good}&csrf_token=${good}`, 400],
      [`${url}&csrf_token=&csrf_token=${good}`, 400],
    ] as const) {
      const answer = await post(body)
      expect([body.slice(0, 60), answer.status]).toEqual([body.slice(0, 60), status])
    }
    expect((await post(url, formType, `/create?csrf_token=${good}`)).status).toBe(403)
    // The header decides, and the body is not read.
    for (const [header, status] of [
      [good, 303],
      [foreign, 403],
    ] as const) {
      const doubled: RawHeaders = [...formType, ['X-CSRF-Token', header]]
      expect((await post(`${url}&csrf_token=${good}`, doubled)).status).toBe(status)
    }
    const multipart: RawHeaders = [
      ['Content-Type', 'multipart/form-data; boundary=----aBoundary7x'],
    ]
    const file = `------aBoundary7x\r\nContent-Disposition: form-data; name="csrf_token"; filename="f"\r\n\r\n${good}\r\n------aBoundary7x--\r\n`
    expect((await post(file, multipart)).status).toBe(403)
    expect((await post(`csrf_token=${good}`, [['Content-Type', 'text/plain']])).status).toBe(403)
  })

  it('of a pre-session are rejected beside a session, so a preset one is of no use', async () => {
    const app = opened()
    const attacker = aBrowser(app)
    const csrf_token = await attacker.csrfToken('/login')
    const victim = await aSignedInBrowser(app)
    victim.cookies.set('pre-dev', attacker.cookies.get('pre-dev') ?? '')
    const headers: RawHeaders = [...formType, ...sameOrigin]
    const body = new URLSearchParams({ csrf_token, original_url: 'https://dest.test' }).toString()
    const answer = await victim.send('/create', { method: 'POST', headers, body })
    expect(answer.status).toBe(403)
  })

  it('are read from forms only: 400 for an unreadable form, 413 for one that is too large', async () => {
    const browser = await aSignedInBrowser(opened())
    const multipart: RawHeaders = [
      ['Content-Type', 'multipart/form-data; boundary=----aBoundary7x'],
      ...sameOrigin,
    ]
    for (const body of ['', 'csrf_token=x', '------aBoundary7x', '------aBoundary7x\r\n\r\n']) {
      const answer = await browser.send('/create', { method: 'POST', headers: multipart, body })
      expect([body, answer.status]).toEqual([body, 400])
    }
    const token = ['X-CSRF-Token', await browser.csrfToken('/create')] as const
    for (const more of [[], [['Transfer-Encoding', 'chunked']], [token]] as const) {
      const headers: RawHeaders = [...formType, ...sameOrigin, ...more]
      const body = `a=${'x'.repeat(257 * 1024)}`
      expect((await browser.send('/create', { method: 'POST', headers, body })).status).toBe(413)
    }
  })

  it('differ on every page and are all valid; those from before a sign-in are not', async () => {
    const app = opened()
    const account = await app.account()
    const browser = aBrowser(app)
    const before = await browser.csrfToken('/login')
    await browser.signIn(account)
    const tokens = [await browser.csrfToken('/create'), await browser.csrfToken('/create')]
    expect(new Set(tokens).size).toBe(2)
    for (const csrf_token of tokens) {
      const fields = { csrf_token, original_url: 'https://dest.test' }
      expect((await browser.submit('/create', fields)).status).toBe(303)
    }
    const old = { csrf_token: before, original_url: 'https://dest.test' }
    expect((await browser.submit('/create', old)).status).toBe(403)
    // Tokens of a session are rejected after it has ended.
    await browser.submit('/logout', {}, { on: '/dashboard' })
    const late = await browser.submit('/login', {
      csrf_token: tokens[0] ?? '',
      email: account.email,
      password: account.password,
    })
    expect(late.status).toBe(403)
  })

  it('protect sign-in: cross-site or without token it sets no cookie (CS-CSRF-6, CS-SM-18)', async () => {
    const app = opened()
    const { email, password } = await app.account()
    const body = new URLSearchParams({ email, password }).toString()
    const attempts: readonly RawHeaders[] = [
      [
        ['Origin', 'https://evil.test'],
        ['Sec-Fetch-Site', 'cross-site'],
      ],
      [['Origin', 'null']],
      [],
      sameOrigin,
      [['Cookie', 'pre-dev=made-up.value'], ...sameOrigin],
    ]
    for (const headers of attempts) {
      const answer = await app.send('/login', {
        method: 'POST',
        headers: [...formType, ...headers],
        body,
      })
      expect([headers, answer.status, answer.setCookies]).toEqual([headers, 403, []])
    }
    // The token of an attacker's own visit matches only the attacker's cookie.
    const attacker = aBrowser(app)
    const csrf_token = await attacker.csrfToken('/login')
    const victim = aBrowser(app)
    const forced = await victim.submit('/login', { csrf_token, email, password })
    expect([forced.status, victim.sessionCookie()]).toEqual([403, ''])
  })

  it('a rejected sign-out leaves the session active', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.send('/logout', {
      method: 'POST',
      headers: [...formType, ...sameOrigin],
      body: '',
    })
    expect([answer.status, answer.setCookies]).toEqual([403, []])
    expect((await browser.send('/api/session')).status).toBe(200)
  })
})

describe.each(databases)('API calls with the session cookie on %s (V3.5.2)', (kind) => {
  const opened = useApp(kind)

  it('require JSON (415) and the CSRF header (403), with every unsafe method', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = `cs-${kind}`
    await browser.call('POST', '/api/urls', { original_url: 'https://dest.test', short_code: code })
    const token = await apiToken(browser)
    const foreign = await apiToken(await aSignedInBrowser(app))
    await browser.open('/dashboard')
    const before = await app.fingerprint()
    const body = `{"original_url": "https://evil.test", "csrf_token": "${token}"}`
    for (const [method, path] of [
      ['POST', '/api/urls'],
      ['PATCH', `/api/urls/${code}`],
      ['DELETE', `/api/urls/${code}`],
    ] as const) {
      const call = async (headers: RawHeaders) =>
        (await browser.send(path, { method, headers, body })).status
      const withToken: RawHeaders = [['X-CSRF-Token', token], ...sameOrigin]
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', '-']) {
        expect([method, type, await call([['Content-Type', type], ...withToken])]).toEqual([
          method,
          type,
          415,
        ])
      }
      for (const invalidToken of ['-', '', 'x', foreign]) {
        expect([
          method,
          await call([...json, ...sameOrigin, ['X-CSRF-Token', invalidToken]]),
        ]).toEqual([method, 403])
      }
      expect(await call([...json, ['X-CSRF-Token', token], ['Sec-Fetch-Site', 'cross-site']])).toBe(
        403,
      )
      expect(await call([...json, ['X-CSRF-Token', token], ['Origin', 'https://evil.test']])).toBe(
        403,
      )
      expect(await call([...json, ['X-CSRF-Token', token]])).toBe(403)
    }
    expect(await app.fingerprint()).toBe(before)
    expect((await browser.call('DELETE', `/api/urls/${code}`)).status).toBe(204)
  })
})
