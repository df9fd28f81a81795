import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createLink, invalid } from './support/api.ts'
import { aSignedInBrowser, type Browser } from './support/browser.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const bearerToken = 'a-shared-bearer-token-of-old'

const bearer: RawHeaders = [['Authorization', `Bearer ${bearerToken}`]]

const json: RawHeaders = [['Content-Type', 'application/json']]

const env = { AUTH_TOKEN: bearerToken }

/** A link without options. */
const noOptions = {
  starts_at: null,
  fallback_url: null,
  click_limit: null,
  has_password: false,
  title: '',
  note: '',
  tags: [],
  forward_query: false,
  archived: false,
}

const error = (code: string) => ({
  error: { code, message: expect.any(String), request_id: expect.stringMatching(/^[\w-]{16}$/) },
})

describe.each(databases)('links over the API on %s', (kind) => {
  const opened = useApp(kind, { env })

  it('creates a link: 201 with exactly the fields of the contract', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.call('POST', '/api/urls', {
      original_url: 'HTTPS://Dest.test/a b'.replace(' ', '%20'),
      short_code: `api-${kind}`,
      expires_at: '2026-03-01T12:00:00+02:00',
    })
    expect(answer.status).toBe(201)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.json()).toEqual({
      short_code: `api-${kind}`,
      short_url: `http://localhost:8080/api-${kind}`,
      original_url: 'https://dest.test/a%20b',
      created_at: new Date(opened().clock.now()).toISOString(),
      expires_at: '2026-03-01T10:00:00.000Z',
      display_url: 'https://dest.test/a%20b',
      ...noOptions,
    })
    const plain = await browser.call('POST', '/api/urls', { original_url: 'http://dest.test' })
    expect(plain.json()).toMatchObject({
      expires_at: null,
      short_code: expect.stringMatching(/^\w{7}$/),
    })
  })

  it('lists, shows, changes and deletes own links', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const codes = [`a1-${kind}`, `b2-${kind}`, `c3-${kind}`]
    for (const short_code of codes) {
      app.clock.advance(1_000)
      await createLink(browser, { original_url: `https://dest.test/${short_code}`, short_code })
    }
    const element = {
      short_code: codes[1],
      short_url: `http://localhost:8080/${codes[1]}`,
      original_url: `https://dest.test/${codes[1]}`,
      created_at: new Date(app.clock.now() - 1_000).toISOString(),
      expires_at: null,
      display_url: `https://dest.test/${codes[1]}`,
      click_count: 0,
      admitted_clicks: 0,
      ...noOptions,
    }
    const list = await browser.send('/api/urls?limit=1&offset=1')
    expect(list.json()).toEqual({
      urls: [element],
      total: 3,
      total_is_minimum: false,
      limit: 1,
      offset: 1,
      next_cursor: expect.any(String),
    })
    const all = await browser.send('/api/urls')
    expect(all.json()).toMatchObject({ total: 3, limit: 20, offset: 0 })
    expect((await browser.send('/api/urls?q=B2')).json()).toMatchObject({
      total: 1,
      urls: [element],
    })
    expect((await browser.send(`/api/urls/${codes[1]}`)).json()).toEqual(element)

    const expires_at = '2027-01-01T00:00:00.000Z'
    const changed = await browser.call('PATCH', `/api/urls/${codes[1]}`, { expires_at })
    expect([changed.status, changed.json()]).toEqual([200, { ...element, expires_at }])
    const cleared = await browser.call('PATCH', `/api/urls/${codes[1]}`, {
      original_url: 'https://dest.test/new',
      expires_at: null,
    })
    const url = 'https://dest.test/new'
    expect(cleared.json()).toEqual({ ...element, original_url: url, display_url: url })

    const deleted = await browser.call('DELETE', `/api/urls/${codes[1]}`)
    expect([deleted.status, deleted.body]).toEqual([204, ''])
    for (const method of ['GET', 'DELETE']) {
      const removed = await browser.call(method, `/api/urls/${codes[1]}`)
      expect([removed.status, removed.json()]).toEqual([404, error('not_found')])
    }
    const removed = await browser.call('PATCH', `/api/urls/${codes[1]}`, {})
    expect(removed.status).toBe(404)
    const again = { original_url: 'https://dest.test', short_code: codes[1] }
    expect((await browser.call('POST', '/api/urls', again)).status).toBe(409)
  })

  it('answers 400 field by field and creates nothing (V8.2.3, V15.3.3, V15.3.5)', async () => {
    const browser = await aSignedInBrowser(opened())
    const url = 'https://dest.test'
    const before = await opened().storage.query('SELECT id FROM links')
    const bodies: readonly (readonly [body: string, ...fields: readonly string[]])[] = [
      ['{}', 'original_url'],
      ['{"original_url": 5}', 'original_url'],
      ['{"original_url": ["https://dest.test"]}', 'original_url'],
      [
        '{"original_url": null, "short_code": 1, "expires_at": true}',
        'original_url',
        'short_code',
        'expires_at',
      ],
      [
        `{"original_url": "", "short_code": "a b", "expires_at": "soon"}`,
        'original_url',
        'short_code',
        'expires_at',
      ],
      [`{"original_url": "${url}", "expires_at": "2020-01-01T00:00:00Z"}`, 'expires_at'],
      [`{"original_url": "${url}", "expires_at": "2026-02-30T00:00:00Z"}`, 'expires_at'],
      [`{"original_url": "${url}", "short_code": "x//y"}`, 'short_code'],
      [`{"original_url": "${url}", "short_code": "${'x'.repeat(65)}"}`, 'short_code'],
      [`{"original_url": "${url}", "owner_id": "another-user"}`, 'owner_id'],
      [`{"original_url": "${url}", "constructor": {}}`, 'constructor'],
      [`{"original_url": "${url}", "click_count": 9, "id": "x"}`, 'click_count', 'id'],
    ]
    for (const [body, ...fields] of bodies) {
      const answer = await post(browser, body)
      expect([body, answer.status, answer.json()]).toEqual([body, 400, invalid(...fields)])
    }
    const proto = await post(
      browser,
      `{"original_url": "${url}", "__proto__": {"isOperator": true}}`,
    )
    expect(proto.status).toBe(400)
    for (const body of [
      '',
      '{',
      '[]',
      '"text"',
      'null',
      '[{"original_url":"https://dest.test"}]',
      '\u0000',
      '{"original_url":',
    ]) {
      const answer = await post(browser, body)
      expect([body, answer.status, answer.json()]).toEqual([body, 400, error('invalid_request')])
    }
    expect(await opened().storage.query('SELECT id FROM links')).toEqual(before)
  })

  it('lists links and search results completely by cursor, with or without a limit', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const codes = Array.from({ length: 7 }, (_, n) => `cursor${n}-${kind}`)
    for (const short_code of codes) {
      await createLink(browser, { original_url: 'https://dest.test/', short_code })
    }
    for (const query of ['', 'q=CURSOR&']) {
      const seen: string[] = []
      const offsets: number[] = []
      let cursor = ''
      do {
        const page = await listPage(browser, `${query}limit=3${cursor}`)
        seen.push(...page.urls.map(({ short_code }) => short_code))
        offsets.push(page.offset)
        cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`
      } while (cursor !== '')
      expect([query, seen, offsets]).toEqual([query, codes.toReversed(), [0, 3, 6]])
    }
    expect(await listPage(browser, 'limit=3')).toMatchObject({ total: 7, total_is_minimum: false })
    const search = await listPage(browser, 'q=cursor&limit=3')
    expect(search).toMatchObject({ total: 4, total_is_minimum: true })
  })

  it('answers 400 to a search that skips more links than it reads, and names the cursor', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await createLink(browser, { original_url: 'https://dest.test/', short_code: `first-${kind}` })
    const ownerId = browser.account.id
    const at = kind === 'sqlite' ? '0' : 'to_timestamp(0)'
    await app.storage.query(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1700)
      INSERT INTO links (id, short_code, destination, owner_id, created_at)
      SELECT 'many-' || n, 'many-' || n, 'https://dest.test/', '${ownerId}', ${at} FROM numbers`)

    const answer = await browser.send('/api/urls?q=x&offset=50')
    expect([answer.status, answer.json()]).toEqual([400, invalid('offset')])
    expect(answer.body).toContain('next_cursor')
    const page = await browser.open('/dashboard?q=x&offset=50')
    expect([page.status, page.location]).toEqual([303, '/dashboard?q=x'])
  })

  it('rejects invalid paging with 400 by field', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const [query, field] of [
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=1e1', 'limit'],
      ['offset=-1', 'offset'],
      ['offset=x', 'offset'],
      ['offset=10001', 'offset'],
      ['offset=1&cursor=WyJvbGRlciIsMCx7ImtleSI6MSwicG9zaXRpb24iOjF9XQ', 'offset'],
      ['cursor=', 'cursor'],
      ['cursor=x', 'cursor'],
      ['cursor=WyJvbGRlciIsMCwieCJd', 'cursor'],
      ['cursor=WyJvbGRlciIsMCx7ImtleSI6ImEiLCJwb3NpdGlvbiI6MX1d', 'cursor'],
      ['sort=title&cursor=WyJvbGRlciIsMCx7ImtleSI6MSwicG9zaXRpb24iOjF9XQ', 'cursor'],
      ['sort=-owner', 'sort'],
      ['state=removed', 'state'],
      [`tag=${'x'.repeat(201)}`, 'tag'],
      [`q=${'x'.repeat(201)}`, 'q'],
    ] as const) {
      const answer = await browser.send(`/api/urls?${query}`)
      expect([query, answer.status, answer.json()]).toEqual([query, 400, invalid(field)])
    }
  })

  it('answers 415 to anything but JSON and 413 over 64 KiB, with either credential', async () => {
    const browser = await aSignedInBrowser(opened())
    const body = JSON.stringify({ original_url: 'https://dest.test' })
    const large = JSON.stringify({ original_url: `https://dest.test/${'x'.repeat(65 * 1024)}` })
    const csrf: RawHeaders = [
      ['X-CSRF-Token', await apiToken(browser)],
      ['Sec-Fetch-Site', 'same-origin'],
    ]
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      '-',
    ]) {
      const headers: RawHeaders = [['Content-Type', type]]
      const answers = [
        await browser.send('/api/urls', { method: 'POST', headers: [...headers, ...csrf], body }),
        await opened().send('/api/urls', {
          method: 'POST',
          headers: [...headers, ...bearer],
          body,
        }),
      ]
      for (const answer of answers) {
        expect([type, answer.status, answer.json()]).toEqual([
          type,
          415,
          error('unsupported_media_type'),
        ])
      }
    }
    for (const answer of [
      await browser.send('/api/urls', { method: 'POST', headers: [...json, ...csrf], body: large }),
      await opened().send('/api/urls', {
        method: 'POST',
        headers: [...json, ...bearer],
        body: large,
      }),
      await opened().send('/api/urls', {
        method: 'POST',
        headers: [...json, ...bearer, ['Transfer-Encoding', 'chunked']],
        body: large,
      }),
    ]) {
      expect([answer.status, answer.json()]).toEqual([413, error('body_too_large')])
    }
    const charset: RawHeaders = [['Content-Type', 'Application/JSON; charset=utf-8']]
    const fine = await opened().send('/api/urls', {
      method: 'POST',
      headers: [...charset, ...bearer],
      body,
    })
    expect(fine.status).toBe(201)
  })

  it('answers 429 with Retry-After after 300 links (V2.4.1)', async () => {
    const app = opened()
    // Rate limits use the machine's clock.
    onTestFinished(() => void vi.useRealTimers())
    vi.useFakeTimers({ toFake: ['Date'] })
    const account = await app.account()
    const browser = await aSignedInBrowser(app, account)
    for (let n = 0; n < 300; n += 1) {
      await app.features.links.shorten({ ownerId: account.id, destination: 'https://dest.test' })
    }
    const body = { original_url: 'https://dest.test' }
    const answer = await browser.call('POST', '/api/urls', body)
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '120'])
    const page = await browser.submit('/create', body)
    expect([page.status, page.headers['retry-after']]).toEqual([429, '120'])
    expect((await (await aSignedInBrowser(app)).call('POST', '/api/urls', body)).status).toBe(201)
    vi.setSystemTime(Date.now() + 120_000)
    expect((await browser.call('POST', '/api/urls', body)).status).toBe(201)
  })
})

async function apiToken(browser: Browser): Promise<string> {
  const { body } = await browser.send('/api/session')
  return /"csrf_token":"([^"]+)"/.exec(body)?.[1] ?? ''
}

async function post(browser: Browser, body: string): Promise<TestResponse> {
  const headers: RawHeaders = [
    ...json,
    ['X-CSRF-Token', await apiToken(browser)],
    ['Sec-Fetch-Site', 'same-origin'],
  ]
  return browser.send('/api/urls', { method: 'POST', headers, body })
}

interface ListBody {
  readonly urls: readonly { readonly short_code: string }[]
  readonly total: number
  readonly total_is_minimum: boolean
  readonly offset: number
  readonly next_cursor: string | null
}

async function listPage(browser: Browser, query: string): Promise<ListBody> {
  const answer = await browser.send(`/api/urls?${query}`)
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body)
}
