import { describe, expect, it } from 'vitest'
import { shorten } from './support/api.ts'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const day = 24 * 60 * 60_000

const edge = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0'

describe.each(databases)('short link redirects on %s', (kind) => {
  const opened = useApp(kind)

  it('answer 302 with exactly the headers of a short link, and no cookie (V3.5.4)', async () => {
    const browser = await aSignedInBrowser(opened())
    const code = `go-${kind}`
    await shorten(browser, { original_url: 'https://dest.test/there?x=1', short_code: code })
    const visitor = aBrowser(opened())
    visitor.cookies.set('session-dev', 'rubbish')
    for (const client of [browser, visitor]) {
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
        'referrer-policy': 'strict-origin-when-cross-origin',
        'cross-origin-resource-policy': 'cross-origin',
        'cache-control': 'private, max-age=0',
        'x-robots-tag': 'noindex',
      })
    }
  })

  it('never look up a session, whatever cookie is sent', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await shorten(browser, { original_url: 'https://dest.test/', short_code: `nos-${kind}` })
    app.faults.calls.length = 0
    await browser.open(`/nos-${kind}`)
    await browser.open(`/nos-${kind}+`)
    await browser.open('/nosuchcode')
    expect(app.faults.calls).toEqual([...Array(3).fill('links.resolve'), 'links.findCodes'])
  })

  it('answer 404 for unknown, 410 for expired or deleted codes, and ignore the case', async () => {
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
    expect(await statuses(`Case-${kind}`, `case-${kind}`, 'nothing-here')).toEqual([302, 302, 404])
    expect(await statuses(`rem-${kind}`, `rem-${kind}+`)).toEqual([410, 410])
    app.clock.advance(day - 1)
    expect(await statuses(`exp-${kind}`)).toEqual([302])
    app.clock.advance(1)
    expect(await statuses(`exp-${kind}`, `exp-${kind}+`)).toEqual([410, 410])
    // A day has passed, so the session has expired.
    await browser.signIn(browser.account)
    await browser.call('PATCH', `/api/urls/exp-${kind}`, { expires_at: null })
    expect(await statuses(`exp-${kind}`)).toEqual([302])
  })

  it('count clicks of users once flushed, not HEAD, bots, previews or errors', async () => {
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

  it('code+ shows the destination without redirecting or counting a click (V3.7.3)', async () => {
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

  it('answer other methods with 405 and Allow', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      const answer = await opened().send('/anything', { method })
      expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, 'GET, HEAD'])
    }
  })
})

describe.each(databases)('dedicated short-link host on %s (V3.5.4)', (kind) => {
  const opened = useApp(kind, {
    env: { BASE_URL: 'http://localhost:8080', SHORT_BASE_URL: 'http://127.0.0.1:9090' },
  })

  it('answers short links only there, and no page of the app', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const created = await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test/',
      short_code: `own-${kind}`,
    })
    expect(created.json()).toMatchObject({ short_url: `http://127.0.0.1:9090/own-${kind}` })
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
