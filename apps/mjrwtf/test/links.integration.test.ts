import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import { useApp } from './support/rooms.ts'
import { databases } from './support/storage.ts'

const day = 24 * 60 * 60_000
const edge = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0'

async function shorten(browser: Browser, fields: object): Promise<void> {
  const answer = await browser.call('POST', '/api/urls', fields)
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`)
}

describe.each(databases)('making links on %s', (kind) => {
  const opened = useApp(kind)

  it('shows the short link, a copy button and a QR code of it', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.submit('/create', {
      original_url: 'https://dest.test/a?b=c&d=<e>',
      short_code: 'first-link',
      expires_at: '2026-02-01T10:00',
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toContain('href="http://localhost:8080/first-link"')
    expect(answer.body).toContain('data-copy="http://localhost:8080/first-link"')
    expect(answer.body).toMatch(
      /role="img" aria-label="QR code for localhost:8080\/first-link"><svg/,
    )
    expect(textOf(answer)).toContain('It expires on 1 Feb 2026, 10:00 UTC.')
    expect(textOf(answer)).toContain('leads to https://dest.test/a?b=c&d=%3Ce%3E')
  })

  it('makes a code where none is wanted, and takes a form without the optional fields', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.submit('/create', { original_url: 'https://dest.test/x' })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatch(/data-copy="http:\/\/localhost:8080\/[2-9A-HJ-NP-Za-km-z]{7}"/)
    expect(textOf(answer)).toContain('It does not expire.')
  })

  it('names what is wrong with each field, keeps what was typed, and makes nothing', async () => {
    const browser = await aSignedInBrowser(opened())
    const before = await opened().storage.query('SELECT id FROM links')
    const answer = await browser.submit('/create', {
      original_url: 'javascript:alert("x")',
      short_code: 'a b',
      expires_at: '2026-01-01T00:00',
    })
    expect(answer.status).toBe(400)
    for (const field of ['original_url', 'short_code', 'expires_at']) {
      expect(answer.body).toContain(`id="${field}-problem"`)
    }
    expect(answer.body).toContain('value="javascript:alert(&quot;x&quot;)"')
    expect(await opened().storage.query('SELECT id FROM links')).toEqual(before)
  })

  it('answers 409 for a code that is taken, by whomever, and gives no reserved word away', async () => {
    const browser = await aSignedInBrowser(opened())
    const other = await aSignedInBrowser(opened())
    const code = `taken-${kind}`
    await shorten(browser, { original_url: 'https://dest.test/', short_code: code })
    const taken = { original_url: 'https://else.test/', short_code: code }
    expect((await other.submit('/create', taken)).status).toBe(409)
    for (const word of ['login', 'LogIn', 'api', 'health', 'Settings', 'metrics']) {
      const answer = await browser.submit('/create', { ...taken, short_code: word })
      expect([word, answer.status]).toEqual([word, 400])
    }
  })

  it('asks strangers to sign in first, and changes nothing for them', async () => {
    const before = await opened().storage.fingerprint()
    const stranger = aBrowser(opened())
    expect((await stranger.open('/create')).location).toBe('/login?next=%2Fcreate')
    const posted = await stranger.submit(
      '/create',
      { original_url: 'https://a.test' },
      { on: '/login' },
    )
    expect(posted.location).toBe('/login?next=%2F')
    expect(await opened().storage.fingerprint()).toBe(before)
  })
})

describe.each(databases)('the dashboard on %s', (kind) => {
  const opened = useApp(kind)

  it('lists own links newest first, page by page, finds them by text, and totals all of them', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    for (let n = 1; n <= 23; n += 1) {
      app.clock.advance(1_000)
      const original_url = `https://dest.test/${n % 2 === 0 ? 'even' : 'odd'}/${n}`
      await shorten(browser, { original_url, short_code: `n${n}-${kind}` })
    }
    await app.send(`/n23-${kind}`)
    await app.send(`/n1-${kind}`)
    await app.flushClicks()

    const first = await browser.open('/dashboard')
    expect(codesOn(first.body)).toEqual(Array.from({ length: 20 }, (_, n) => `n${23 - n}-${kind}`))
    expect(textOf(first)).toContain('links 23 clicks 2')
    expect(first.body).toContain('href="/dashboard?limit=20&amp;offset=20"')
    expect(codesOn((await browser.open('/dashboard?limit=20&offset=20')).body)).toHaveLength(3)
    const found = await browser.open('/dashboard?limit=5&offset=5&q=EVEN')
    expect(codesOn(found.body)).toEqual([12, 10, 8, 6, 4].map((n) => `n${n}-${kind}`))
    expect(found.body).toContain('q=EVEN')
    expect(codesOn((await browser.open('/dashboard?q=100%25')).body)).toEqual([])
    for (const odd of ['limit=0', 'limit=101', 'limit=x', 'offset=-1', 'q=%00']) {
      expect((await browser.open(`/dashboard?${odd}`)).status).toBe(200)
    }
    expect(textOf(await (await aSignedInBrowser(app)).open('/dashboard'))).toContain('No links yet')
  })

  it('edits and deletes through forms, and says so once', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = `edit-${kind}`
    await shorten(browser, { original_url: 'https://dest.test/old', short_code: code })
    const path = `/links/${code}/edit`
    expect((await browser.open(path)).body).toContain('value="https://dest.test/old"')
    const bad = await browser.submit(path, { original_url: 'ftp://x.test', expires_at: '' })
    expect([bad.status, bad.body.includes('original_url-problem')]).toEqual([400, true])
    const saved = await browser.submit(path, {
      original_url: 'https://dest.test/new',
      expires_at: '',
    })
    expect([saved.status, saved.location]).toEqual([303, '/dashboard'])
    expect(textOf(await browser.open('/dashboard'))).toContain(`Saved ${code}.`)
    expect((await app.send(`/${code}`)).location).toBe('https://dest.test/new')

    const deleted = await browser.submit(`/links/${code}/delete`, {}, { on: '/dashboard' })
    expect([deleted.status, deleted.location]).toEqual([303, '/dashboard'])
    expect(textOf(await browser.open('/dashboard'))).toContain(`Deleted ${code}.`)
    expect((await app.send(`/${code}`)).status).toBe(410)
    expect((await browser.open(path)).status).toBe(404)
  })

  it("answers 404 for other people's links, and leaves the database unchanged (V8.2.2)", async () => {
    const app = opened()
    const owner = await aSignedInBrowser(app)
    const code = `mine-${kind}`
    await shorten(owner, { original_url: 'https://dest.test/', short_code: code })
    const other = await aSignedInBrowser(app)
    // Takes the greeting, which is kept with the session until it is shown.
    await other.open('/dashboard')
    const before = await app.storage.fingerprint()
    const fields = { original_url: 'https://evil.test/', expires_at: '' }
    const answers = [
      await other.open(`/links/${code}/edit`),
      await other.submit(`/links/${code}/edit`, fields, { on: '/create' }),
      await other.submit(`/links/${code}/edit`, { original_url: 'bad' }, { on: '/create' }),
      await other.submit(`/links/${code}/delete`, {}, { on: '/create' }),
      await other.call('GET', `/api/urls/${code}`),
      await other.call('GET', `/api/urls/${code}/analytics`),
      await other.call('PATCH', `/api/urls/${code}`, { original_url: 'https://evil.test/' }),
      await other.call('PATCH', `/api/urls/${code}`, { original_url: 'bad' }),
      await other.call('DELETE', `/api/urls/${code}`),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    expect(await app.storage.fingerprint()).toBe(before)
    expect(codesOn((await other.open('/dashboard?q=mine')).body)).toEqual([])
  })

  it('shows hostile destinations and searches as text (V3.2.2, V1.2.2)', async () => {
    const browser = await aSignedInBrowser(opened())
    const hostile = `https://dest.test/"><script>alert(1)</script>?'<img src=x onerror=alert(2)>`
    await shorten(browser, {
      original_url: hostile.replaceAll(' ', '%20'),
      short_code: `xss-${kind}`,
    })
    const pages = [
      await browser.open('/dashboard'),
      await browser.open(`/dashboard?q=${encodeURIComponent('"><script>alert(3)</script>')}`),
      await browser.open(`/links/xss-${kind}/edit`),
      await browser.open(`/xss-${kind}+`),
      await browser.open(`/login?next=${encodeURIComponent('/"><script>alert(4)</script>')}`),
    ]
    for (const { body } of pages) {
      expect(body).not.toMatch(/<script>|<img|onerror=alert\(2\)>/)
      expect(body.match(/<script/g)).toHaveLength(1)
    }
  })
})

describe.each(databases)('following links on %s', (kind) => {
  const opened = useApp(kind)

  it('redirects with 302, the exact headers of a short link, and never a cookie (V3.5.4)', async () => {
    const browser = await aSignedInBrowser(opened())
    const code = `go-${kind}`
    await shorten(browser, { original_url: 'https://dest.test/there?x=1', short_code: code })
    const stranger = aBrowser(opened())
    stranger.cookies.set('session-dev', 'rubbish')
    for (const client of [browser, stranger]) {
      const answer = await client.open(`/${code}`)
      const {
        date,
        connection,
        'transfer-encoding': _,
        'x-request-id': id,
        ...rest
      } = answer.headers
      expect([date, connection, id]).toEqual([expect.any(String), 'close', expect.any(String)])
      expect(answer.status).toBe(302)
      expect(rest).toEqual({
        location: 'https://dest.test/there?x=1',
        'content-security-policy':
          "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'cross-origin',
        'cache-control': 'private, max-age=0',
        'x-robots-tag': 'noindex',
      })
    }
  })

  it('looks no session up for a short link, whatever cookie comes with it', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await shorten(browser, { original_url: 'https://dest.test/', short_code: `nos-${kind}` })
    app.watch.calls.length = 0
    await browser.open(`/nos-${kind}`)
    await browser.open(`/nos-${kind}+`)
    await browser.open('/nosuchcode')
    expect(app.watch.calls).toEqual(['links.visit', 'links.visit', 'links.visit'])
  })

  it('tells unknown (404), expired and removed (410) apart, and matches the case of codes', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await shorten(browser, { original_url: 'https://dest.test/', short_code: `Case-${kind}` })
    const expires_at = new Date(app.clock.now() + day).toISOString()
    await shorten(browser, {
      original_url: 'https://dest.test/',
      short_code: `exp-${kind}`,
      expires_at,
    })
    await shorten(browser, { original_url: 'https://dest.test/', short_code: `rem-${kind}` })
    await browser.call('DELETE', `/api/urls/rem-${kind}`)
    const statuses = async (...codes: readonly string[]) => {
      const answers = await Promise.all(codes.map((code) => app.send(`/${code}`)))
      return answers.map(({ status }) => status)
    }
    expect(await statuses(`Case-${kind}`, `case-${kind}`, 'nothing-here')).toEqual([302, 404, 404])
    expect(await statuses(`rem-${kind}`, `rem-${kind}+`)).toEqual([410, 410])
    app.clock.advance(day - 1)
    expect(await statuses(`exp-${kind}`)).toEqual([302])
    app.clock.advance(1)
    expect(await statuses(`exp-${kind}`, `exp-${kind}+`)).toEqual([410, 410])
  })

  it('counts people who follow it, once flushed; not HEAD, bots, previews or answers without a link', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = `count-${kind}`
    await shorten(browser, { original_url: 'https://dest.test/', short_code: code })
    const as = (agent: string, referrer = '-') =>
      app.send(`/${code}`, {
        headers: [
          ['User-Agent', agent],
          ['Referer', referrer],
        ],
      })
    await as(edge, 'https://blog.test/post?secret=1')
    await as(edge, 'https://blog.test/other')
    await as('Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/140.0')
    for (const bot of ['Googlebot/2.1', 'Slackbot-LinkExpanding 1.0', 'curl/8.0']) await as(bot)
    const head = await app.send(`/${code}`, { method: 'HEAD' })
    expect([head.status, head.location, head.body]).toEqual([302, 'https://dest.test/', ''])
    await app.send(`/${code}+`)
    await app.send(`/${code}x`)

    const clicks = async () => {
      const answer = await browser.call('GET', `/api/urls/${code}`)
      return answer.json()
    }
    expect(await clicks()).toMatchObject({ click_count: 0 })
    await app.flushClicks()
    expect(await clicks()).toMatchObject({ click_count: 3 })
    expect(await app.storage.dump()).not.toContain('secret=1')
  })

  it('shows at code+ where the link leads without going there, and counts nothing (V3.7.3)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = `look-${kind}`
    await shorten(browser, { original_url: 'https://dest.test/a', short_code: code })
    for (const path of [`/${code}+`, `/${code}%2B`, `/${code}%2b`]) {
      const answer = await aBrowser(app).open(path)
      expect([answer.status, answer.setCookies]).toEqual([200, []])
      expect(answer.body).toContain('href="https://dest.test/a" rel="noopener noreferrer nofollow"')
    }
    expect((await app.send('/nothing+')).status).toBe(404)
    await app.flushClicks()
    expect(
      await app.storage.query(`SELECT c.id FROM clicks c JOIN links l ON l.id = c.link_id
      WHERE l.short_code = '${code}'`),
    ).toEqual([])
  })

  it('answers other methods on a short link with 405 and Allow', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      const answer = await opened().send('/anything', { method })
      expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, 'GET, HEAD'])
    }
  })
})

describe.each(databases)('a host of its own for short links on %s (V3.5.4)', (kind) => {
  const opened = useApp(kind, {
    env: { BASE_URL: 'http://localhost:8080', SHORT_BASE_URL: 'http://127.0.0.1:9090' },
  })

  it('answers links there and only there, and the app is not there at all', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const made = await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test/',
      short_code: `own-${kind}`,
    })
    expect(made.json()).toMatchObject({ short_url: `http://127.0.0.1:9090/own-${kind}` })
    const there = (path: string) => app.send(path, { headers: [['Host', '127.0.0.1:9090']] })
    expect((await there(`/own-${kind}`)).status).toBe(302)
    expect((await there(`/own-${kind}+`)).status).toBe(200)
    expect((await app.send(`/own-${kind}`)).status).toBe(404)
    for (const path of ['/', '/login', '/dashboard', '/setup', '/api/urls', '/api/session']) {
      const answer = await there(path)
      expect([path, answer.status, answer.setCookies]).toEqual([path, 404, []])
    }
  })
})

/** Short codes of a dashboard's rows, in order. */
function codesOn(body: string): readonly string[] {
  return [...body.matchAll(/href="\/links\/([^/"]+)\/edit"/g)].map(([, code = '']) => code)
}
