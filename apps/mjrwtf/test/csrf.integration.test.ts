import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser, formType } from './support/browser.ts'
import { anApp, useApp } from './support/rooms.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { defaultBaseUrl } from './support/wire-app.ts'

const json: RawHeaders = [['Content-Type', 'application/json']]
const sameOrigin: RawHeaders = [['Sec-Fetch-Site', 'same-origin']]

/** Posts the create form with a good token, and with these headers alone. */
async function postForm(browser: Browser, headers: RawHeaders): Promise<number> {
  const csrf_token = await browser.csrfToken('/create')
  const body = new URLSearchParams({ csrf_token, original_url: 'https://dest.test' }).toString()
  const all = [...formType, ...headers]
  return (await browser.send('/create', { method: 'POST', headers: all, body })).status
}

async function apiToken(browser: Browser): Promise<string> {
  const { body } = await browser.send('/api/session')
  return /"csrf_token":"([^"]+)"/.exec(body)?.[1] ?? ''
}

describe.each(databases)('where an unsafe request comes from, on %s', (kind) => {
  const opened = useApp(kind)

  it('decides by Sec-Fetch-Site: cross-site and same-site are 403, same-origin passes (V3.5.1, FM-1)', async () => {
    const browser = await aSignedInBrowser(opened())
    const own: RawHeaders = [['Origin', defaultBaseUrl]]
    expect(await postForm(browser, sameOrigin)).toBe(200)
    for (const site of ['cross-site', 'same-site']) {
      // What the Origin says does not help.
      for (const origin of [[], own]) {
        expect([site, await postForm(browser, [['Sec-Fetch-Site', site], ...origin])]).toEqual([
          site,
          403,
        ])
      }
    }
    for (const site of ['none', 'unknown', '']) {
      expect([site, await postForm(browser, [['Sec-Fetch-Site', site]])]).toEqual([site, 403])
      expect([site, await postForm(browser, [['Sec-Fetch-Site', site], ...own])]).toEqual([
        site,
        200,
      ])
    }
  })

  it('lets safe methods pass whatever the site, when they are navigations', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const site of ['cross-site', 'same-site', 'same-origin', 'none']) {
      const headers: RawHeaders = [
        ['Sec-Fetch-Site', site],
        ['Sec-Fetch-Mode', 'navigate'],
        ['Sec-Fetch-Dest', 'document'],
      ]
      for (const method of ['GET', 'HEAD']) {
        expect((await browser.send('/dashboard', { method, headers })).status).toBe(200)
      }
    }
  })

  it('compares Origin, then Referer, with the configured origin, and never with Host (FM-2, FM-3, CS-CSRF-7)', async () => {
    const browser = await aSignedInBrowser(opened())
    const evil: RawHeaders = [
      ['Origin', 'https://evil.test'],
      ['Host', 'evil.test'],
      ['X-Forwarded-Host', 'evil.test'],
    ]
    const refused: readonly RawHeaders[] = [
      [],
      evil,
      [['Origin', 'null']],
      [['Origin', '']],
      [['Origin', 'http://localhost:8081']],
      [['Origin', 'https://localhost:8080']],
      [['Origin', 'http://localhost:8080.evil.test']],
      [['Origin', 'http://LOCALHOST:8080/']],
      [['Origin', `${defaultBaseUrl} https://evil.test`]],
      [
        ['Origin', defaultBaseUrl],
        ['Origin', 'https://evil.test'],
      ],
      [
        ['Origin', 'null'],
        ['Referer', `${defaultBaseUrl}/create`],
      ],
      [['Origin', 'https://evil.test'], ...sameOrigin],
      [['Origin', 'null'], ...sameOrigin],
      [['Referer', 'https://evil.test/http://localhost:8080/']],
      [['Referer', 'http://localhost:8080@evil.test/']],
      [['Referer', 'not a url']],
      [['Referer', '']],
    ]
    for (const headers of refused) {
      expect([headers, await postForm(browser, headers)]).toEqual([headers, 403])
    }
    expect(await postForm(browser, [['Origin', defaultBaseUrl]])).toBe(200)
    expect(await postForm(browser, [['Referer', `${defaultBaseUrl}/create`]])).toBe(200)
    expect(await postForm(browser, [['Referer', defaultBaseUrl]])).toBe(200)
  })

  it('is asked of every form there is, and a refusal changes nothing', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test',
      short_code: `frm-${kind}`,
    })
    await browser.open('/dashboard')
    const csrf_token = await browser.csrfToken('/create')
    const before = await app.storage.fingerprint()
    const forms = [
      '/setup',
      '/signup',
      '/login',
      '/logout',
      '/create',
      '/invites',
      `/links/frm-${kind}/edit`,
      `/links/frm-${kind}/delete`,
    ]
    for (const path of forms.filter((each) => each !== '/invites')) {
      const body = new URLSearchParams({ csrf_token, original_url: 'https://evil.test' }).toString()
      const headers: RawHeaders = [
        ...formType,
        ['Origin', 'https://evil.test'],
        ['Sec-Fetch-Site', 'cross-site'],
      ]
      const foreign = await browser.send(path, { method: 'POST', headers, body })
      const bare = await browser.send(path, {
        method: 'POST',
        headers: [...formType, ...sameOrigin],
        body: 'a=b',
      })
      expect([path, foreign.status, bare.status]).toEqual([path, 403, 403])
      expect([...foreign.setCookies, ...bare.setCookies]).toEqual([])
    }
    expect(await app.storage.fingerprint()).toBe(before)
    expect((await browser.send('/api/session')).status).toBe(200)
  })

  it('tells of each refusal in an event, with the reason and without a token (V16.3.3)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await postForm(browser, [['Sec-Fetch-Site', 'cross-site']])
    await postForm(browser, [['Origin', 'null']])
    const own: RawHeaders = [...formType, ...sameOrigin]
    await browser.send('/create', { method: 'POST', headers: own, body: 'original_url=x' })
    await browser.send('/create', { method: 'POST', headers: own, body: 'csrf_token=wrong' })
    const events = app.log().filter(({ event }) => event === 'csrf-refused')
    expect(events.slice(-4).map(({ reason, path, method }) => [reason, path, method])).toEqual([
      ['cross-site', '/create', 'POST'],
      ['foreign-origin', '/create', 'POST'],
      ['token-missing', '/create', 'POST'],
      ['token-mismatch', '/create', 'POST'],
    ])
  })
})

describe.each(databases)('CSRF tokens on %s (63B 5.1 g, CS-CSRF-1, CS-CSRF-2)', (kind) => {
  const opened = useApp(kind)

  it('are refused absent, empty, wrong, doubled, as a file, in the query, or of another session', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app)
    const good = await browser.csrfToken('/create')
    const foreign = await other.csrfToken('/create')
    const anonymous = await aBrowser(app).csrfToken('/login')
    const url = 'original_url=https%3A%2F%2Fdest.test'
    const post = (body: string, headers: RawHeaders = formType, path = '/create') =>
      browser.send(path, { method: 'POST', headers: [...headers, ...sameOrigin], body })

    expect((await post(`${url}&csrf_token=${good}`)).status).toBe(200)
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
    const doubled: RawHeaders = [...formType, ['X-CSRF-Token', good]]
    expect((await post(`${url}&csrf_token=${good}`, doubled)).status).toBe(400)
    const multipart: RawHeaders = [
      ['Content-Type', 'multipart/form-data; boundary=----aBoundary7x'],
    ]
    const file = `------aBoundary7x\r\nContent-Disposition: form-data; name="csrf_token"; filename="f"\r\n\r\n${good}\r\n------aBoundary7x--\r\n`
    expect((await post(file, multipart)).status).toBe(403)
    expect((await post(`csrf_token=${good}`, [['Content-Type', 'text/plain']])).status).toBe(403)
  })

  it('are looked for in forms only: one that cannot be read is 400, one that is too large is 413', async () => {
    const browser = await aSignedInBrowser(opened())
    const multipart: RawHeaders = [
      ['Content-Type', 'multipart/form-data; boundary=----aBoundary7x'],
      ...sameOrigin,
    ]
    for (const body of ['', 'csrf_token=x', '------aBoundary7x', '------aBoundary7x\r\n\r\n']) {
      const answer = await browser.send('/create', { method: 'POST', headers: multipart, body })
      expect([body, answer.status]).toEqual([body, 400])
    }
    for (const more of [[], [['Transfer-Encoding', 'chunked']]] as const) {
      const headers: RawHeaders = [...formType, ...sameOrigin, ...more]
      const body = `a=${'x'.repeat(65 * 1024)}`
      expect((await browser.send('/create', { method: 'POST', headers, body })).status).toBe(413)
    }
  })

  it('look different on every page and all work; those from before a sign-in do not', async () => {
    const app = opened()
    const account = await app.account()
    const browser = aBrowser(app)
    const before = await browser.csrfToken('/login')
    await browser.signIn(account)
    const tokens = [await browser.csrfToken('/create'), await browser.csrfToken('/create')]
    expect(new Set(tokens).size).toBe(2)
    for (const csrf_token of tokens) {
      const fields = { csrf_token, original_url: 'https://dest.test' }
      expect((await browser.submit('/create', fields)).status).toBe(200)
    }
    const old = { csrf_token: before, original_url: 'https://dest.test' }
    expect((await browser.submit('/create', old)).status).toBe(403)
    // And those of a session that has ended do not, once it has.
    await browser.submit('/logout', {}, { on: '/dashboard' })
    const late = await browser.submit('/login', {
      csrf_token: tokens[0] ?? '',
      email: account.email,
      password: account.password,
    })
    expect(late.status).toBe(403)
  })

  it('guard the sign-in of a stranger: cross-site or without token it sets no cookie at all (CS-CSRF-6, CS-SM-18)', async () => {
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
    // A token of the attacker's own visit fits only the attacker's cookie.
    const attacker = aBrowser(app)
    const csrf_token = await attacker.csrfToken('/login')
    const victim = aBrowser(app)
    const forced = await victim.submit('/login', { csrf_token, email, password })
    expect([forced.status, victim.sessionCookie()]).toEqual([403, ''])
  })

  it('are not needed to stay signed in: a refused sign-out leaves the session alone', async () => {
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

describe.each(databases)('API calls with the cookie on %s (V3.5.2)', (kind) => {
  const opened = useApp(kind)

  it('need JSON (else 415) and the token in its header (else 403), with every unsafe method', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = `cs-${kind}`
    await browser.call('POST', '/api/urls', { original_url: 'https://dest.test', short_code: code })
    const token = await apiToken(browser)
    const foreign = await apiToken(await aSignedInBrowser(app))
    await browser.open('/dashboard')
    const before = await app.storage.fingerprint()
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
      for (const given of ['-', '', 'x', foreign]) {
        expect([method, await call([...json, ...sameOrigin, ['X-CSRF-Token', given]])]).toEqual([
          method,
          403,
        ])
      }
      expect(await call([...json, ['X-CSRF-Token', token], ['Sec-Fetch-Site', 'cross-site']])).toBe(
        403,
      )
      expect(await call([...json, ['X-CSRF-Token', token], ['Origin', 'https://evil.test']])).toBe(
        403,
      )
      expect(await call([...json, ['X-CSRF-Token', token]])).toBe(403)
    }
    expect(await app.storage.fingerprint()).toBe(before)
    expect((await browser.call('DELETE', `/api/urls/${code}`)).status).toBe(204)
  })
})

describe.each(databases)('other sites reading us on %s', (kind) => {
  const opened = useApp(kind)

  it('get no Access-Control-Allow-Origin, and no answer to a preflight (V3.4.2, CS-CSRF-8)', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const origin of [
      'https://evil.test',
      'null',
      'http://localhost:8081',
      'http://localhost:8080.evil.test',
      'https://sub.localhost:8080',
    ]) {
      for (const path of ['/api/urls', '/api/session', '/dashboard', '/health', '/login']) {
        const answer = await browser.send(path, { headers: [['Origin', origin]] })
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
        expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
        expect(String(answer.headers.vary)).toContain('Origin')
      }
      const headers: RawHeaders = [
        ['Origin', origin],
        ['Access-Control-Request-Method', 'DELETE'],
        ['Access-Control-Request-Headers', 'x-csrf-token'],
      ]
      const preflight = await browser.send('/api/urls/abc', { method: 'OPTIONS', headers })
      expect(preflight.status).toBe(405)
      expect(Object.keys(preflight.headers).join()).not.toContain('access-control')
    }
  })

  it('cannot load pages or the API into themselves; people may still follow links to us (V3.5.8, FM-4)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const fetched = async (path: string, [site, mode, dest]: readonly string[]) => {
      const headers: RawHeaders = [
        ['Sec-Fetch-Site', site ?? ''],
        ['Sec-Fetch-Mode', mode ?? ''],
        ['Sec-Fetch-Dest', dest ?? ''],
      ]
      return (await browser.send(path, { headers })).status
    }
    for (const path of ['/dashboard', '/', '/api/session', '/api/urls', '/login']) {
      for (const how of [
        ['cross-site', 'no-cors', 'image'],
        ['cross-site', 'no-cors', 'script'],
        ['cross-site', 'cors', 'empty'],
        ['same-site', 'no-cors', 'object'],
        ['cross-site', 'navigate', 'iframe'],
        ['cross-site', 'navigate', 'embed'],
        ['same-site', 'navigate', 'iframe'],
      ]) {
        expect([path, how, await fetched(path, how)]).toEqual([path, how, 403])
      }
      expect([path, await fetched(path, ['cross-site', 'navigate', 'document'])]).toEqual([
        path,
        200,
      ])
      expect([path, await fetched(path, ['same-origin', 'cors', 'empty'])]).toEqual([path, 200])
    }
  })

  it('cannot be helped by the query, a trailing slash or another case of a path', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    await browser.open('/dashboard')
    const before = await app.storage.fingerprint()
    for (const path of [
      '/create/',
      '/CREATE',
      '//create',
      '/create?_method=GET',
      '/create;x',
      '/./create',
      '/api/../create',
      '/api/urls/../../create',
    ]) {
      const headers: RawHeaders = [...formType, ['Origin', 'https://evil.test']]
      const answer = await browser.send(path, {
        method: 'POST',
        headers,
        body: 'original_url=https://dest.test',
      })
      expect([path, [403, 404, 405].includes(answer.status)]).toEqual([path, true])
    }
    expect(await app.storage.fingerprint()).toBe(before)
  })
})
