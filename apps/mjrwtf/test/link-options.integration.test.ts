import { describe, expect, it } from 'vitest'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { createLink } from './support/api.ts'
import { aBrowser, aSignedInBrowser, type SignedInBrowser } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const hour = 60 * 60_000
const original_url = 'https://dest.test/there?a=1'
const bot = 'Googlebot/2.1 (+http://www.google.com/bot.html)'

async function submitAfterEnd(app: TestApp, browser: SignedInBrowser, path: string) {
  const expires_at = new Date(app.clock.now() + 1_000).toISOString()
  await browser.call('PATCH', `/api/urls${path}`, { expires_at })
  app.clock.advance(1_000)
  return app.send(path, { method: 'POST', headers: [['Origin', app.baseUrl]] })
}

describe.each(databases)('links with options on %s', (kind) => {
  const opened = useApp(kind)

  it('start and end at their instants, and lead to the fallback afterwards', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const [starts_at, expires_at] = [1, 2].map((hours) =>
      new Date(app.clock.now() + hours * hour).toISOString(),
    )
    const times = { original_url, starts_at, expires_at }
    await createLink(browser, { ...times, short_code: `time-${kind}` })
    const fallback_url = 'https://dest.test/over'
    await createLink(browser, { ...times, short_code: `fall-${kind}`, fallback_url })
    const answers = async () => {
      const responses = [await app.send(`/time-${kind}`), await app.send(`/fall-${kind}?x=1`)]
      return responses.map(({ status, headers }) => [status, headers.location])
    }
    expect(await answers()).toEqual([
      [404, undefined],
      [404, undefined],
    ])
    app.clock.advance(hour)
    expect(await answers()).toEqual([
      [302, original_url],
      [302, original_url],
    ])
    expect((await app.send(`/time-${kind}`)).headers['cache-control']).toBe('no-store')
    app.clock.advance(hour)
    expect(await answers()).toEqual([
      [410, undefined],
      [302, fallback_url],
    ])
  })

  it('admit exactly the click limit of parallel visits, and no bot, HEAD or prefetch', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const path = `/limit-${kind}`
    await createLink(browser, { original_url, short_code: path.slice(1), click_limit: 3 })
    const head = await app.send(path, { method: 'HEAD' })
    const seen = await app.send(path, { headers: [['User-Agent', bot]] })
    const prefetched = await app.send(path, { headers: [['Sec-Purpose', 'prefetch']] })
    const statuses = [head, seen, prefetched].map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 204])
    for (const { headers, body } of [head, seen, prefetched])
      expect([headers.location, body.includes('dest.test')]).toEqual([undefined, false])
    expect((await app.send(`${path}+`)).body).not.toContain('dest.test')

    const visits = await Promise.all(Array.from({ length: 10 }, () => app.send(path)))
    const codes = visits.map(({ status }) => status).toSorted()
    expect(codes).toEqual([302, 302, 302, ...Array(7).fill(410)])
    const raised = await browser.call('PATCH', `/api/urls${path}`, { click_limit: 4 })
    expect(raised.json()).toMatchObject({ click_limit: 4, admitted_clicks: 3 })
    expect((await app.send(path)).status).toBe(302)
    await browser.call('PATCH', `/api/urls${path}`, { click_limit: 1 })
    expect((await app.send(path)).status).toBe(410)
  })

  it('lead to the destination once the visitor has entered the password', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const path = `/secret-${kind}`
    const created = { original_url, short_code: path.slice(1), password: 'open sesame' }
    const answer = await createLink(browser, { ...created, forward_query: true })
    expect(answer).toBeDefined()
    const visitor = aBrowser(app)
    const page = await visitor.open(`${path}?b=2`)
    expect(page.status).toBe(200)
    expect(page.body).not.toContain('dest.test')
    expect((await visitor.open(`${path}+`)).body).not.toContain('dest.test')
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const submit = (fields: Record<string, string>, origin = app.baseUrl) =>
      visitor.send(`${path}?b=2`, {
        method: 'POST',
        headers: [
          ['Origin', origin],
          ['Content-Type', 'application/x-www-form-urlencoded'],
        ],
        body: new URLSearchParams(fields).toString(),
      })
    const password = 'open sesame'
    expect((await submit({ password })).status).toBe(403)
    expect((await submit({ password, csrf_token }, 'https://evil.test')).status).toBe(403)
    expect((await submit({ password: 'open', csrf_token })).status).toBe(401)
    const unlocked = await submit({ password, csrf_token })
    expect([unlocked.status, unlocked.headers.location]).toEqual([303, `${path}?b=2`])
    const followed = await visitor.open(`${path}?b=2`)
    expect([followed.status, followed.headers.location]).toEqual([302, `${original_url}&b=2`])
    expect(followed.headers['cache-control']).toBe('no-store')

    // It ends while a form is open.
    const ended = await submitAfterEnd(app, browser, path)
    expect([ended.status, ended.headers.location]).toEqual([303, path])

    await browser.call('PATCH', `/api/urls${path}`, { password: 'another one', expires_at: null })
    expect((await visitor.open(path)).status).toBe(200)
    await browser.call('PATCH', `/api/urls${path}`, { password: null })
    expect((await visitor.open(path)).status).toBe(302)
  })

  it('lead the visitor who loses the race for the last place to the fallback', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const path = `/last-${kind}`
    const fallback_url = 'https://dest.test/sold-out'
    const limited = { original_url, short_code: path.slice(1), click_limit: 1 }
    await createLink(browser, { ...limited, fallback_url })
    const visits = await Promise.all(Array.from({ length: 6 }, () => app.send(path)))
    const destinations = visits.map(({ location }) => location).toSorted()
    expect(destinations).toEqual([...Array(5).fill(fallback_url), original_url])
    expect(visits.map(({ headers }) => headers['cache-control'])).toEqual(Array(6).fill('no-store'))
  })

  it('limit wrong passwords of a network over all links together', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const { max, name } = rateLimits.wrongLinkPasswordsPerClient
    const counters = () =>
      app.storage.query(`SELECT key FROM rate_limits WHERE key LIKE '${name}%'`)
    const enter = async (path: string, password: string) => {
      const visitor = aBrowser(app)
      return (await visitor.submit(path, { password }, { on: path })).status
    }
    const paths = ['one', 'two'].map((name) => `/${name}-${kind}`)
    for (const path of paths) {
      const short_code = path.slice(1)
      await createLink(browser, { original_url, short_code, password: 'open sesame' })
      expect(await enter(path, 'guess')).toBe(401)
    }
    expect(await counters()).toHaveLength(1)
    await app.storage.query(`UPDATE rate_limits SET points = ${max} WHERE key LIKE '${name}%'`)
    for (const path of paths) expect(await enter(path, 'open sesame')).toBe(429)
  })

  it('name the field of each invalid option', async () => {
    const browser = await aSignedInBrowser(opened())
    const invalid = {
      ...{ starts_at: 'soon', fallback_url: 'javascript:alert(1)', click_limit: 0, password: 'x' },
      ...{ title: 'a\u202eb', note: 'x'.repeat(5_001), tags: ['x'.repeat(10_240)] },
    }
    const answer = await browser.call('POST', '/api/urls', { original_url, ...invalid })
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({
      error: {
        fields: Object.fromEntries(Object.keys(invalid).map((name) => [name, expect.any(String)])),
      },
    })
  })
})
