import { describe, expect, it } from 'vitest'
import { aBrowser } from './support/browser.ts'
import { openApp, type TestApp } from './support/open-app.ts'
import { databases, openStorage } from './support/storage.ts'

/** The value of a series: its name and labels as they are exposed. `null` if it is missing. */
async function readSeries(app: TestApp, series: string): Promise<number | null> {
  const { text } = await app.metrics.read()
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? null : Number(line.slice(series.length + 1))
}

describe.each(databases)('metrics on %s', (kind) => {
  it('measure requests by route, and redirects and clicks, without what clients send', async () => {
    await using storage = await openStorage(kind)
    await using app = await openApp(storage, { env: { AUTH_TOKEN: 'tok-7hQ2mZ9xKd4wPs1v' } })
    await app.account()
    const created = await app.send('/api/urls', {
      method: 'POST',
      headers: [
        ['Authorization', 'Bearer tok-7hQ2mZ9xKd4wPs1v'],
        ['Content-Type', 'application/json'],
      ],
      body: JSON.stringify({ original_url: 'https://example.com/', short_code: 'menu' }),
    })
    expect(created.status).toBe(201)
    expect((await app.send('/menu')).status).toBe(302)
    expect((await app.send('/nothing')).status).toBe(404)
    expect((await app.send('/some/unknown/path-4711')).status).toBe(404)
    expect((await app.send('/menu', { method: 'PROPFIND' })).status).toBe(405)

    expect(await readSeries(app, 'mjrwtf_redirects_total{result="redirected"}')).toBe(1)
    // A code may contain slashes, so every unknown path is a short link that does not exist.
    expect(await readSeries(app, 'mjrwtf_redirects_total{result="not_found"}')).toBe(2)
    expect(await readSeries(app, 'mjrwtf_clicks_total')).toBe(1)
    expect(await readSeries(app, 'mjrwtf_queue_depth{queue="clicks"}')).toBe(1)
    const count = 'mjrwtf_http_request_duration_seconds_count'
    const labels = 'route="/:code",status="3xx"'
    expect(await readSeries(app, `${count}{method="GET",${labels}}`)).toBe(1)
    expect(await readSeries(app, `${count}{method="GET",route="/:code",status="4xx"}`)).toBe(2)
    expect(await readSeries(app, `${count}{method="POST",route="/api/urls",status="2xx"}`)).toBe(1)
    const statement = 'mjrwtf_database_statement_duration_seconds_count'
    expect(await readSeries(app, `${statement}{kind="insert",result="ok"}`)).toBeGreaterThan(0)
    await app.flushClicks()
    expect(await readSeries(app, 'mjrwtf_queue_depth{queue="clicks"}')).toBe(0)
    const written = 'mjrwtf_queue_write_duration_seconds_count'
    expect(await readSeries(app, `${written}{queue="clicks"}`)).toBe(1)

    const { text } = await app.metrics.read()
    for (const sent of ['menu', 'nothing', 'path-4711', 'PROPFIND', 'example.com', 'tok-']) {
      expect(text).not.toContain(sent)
    }
  })

  it('count sessions, failed sign-ins and CSRF refusals', async () => {
    await using storage = await openStorage(kind)
    await using app = await openApp(storage)
    const account = await app.account()
    const browser = aBrowser(app)
    await browser.signIn({ email: account.email, password: 'a wrong password, and long' })
    await browser.signIn(account)
    expect((await browser.open('/dashboard')).status).toBe(200)
    const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`)
    const forged = await app.send('/logout', {
      method: 'POST',
      headers: [
        ['Cookie', cookies.join('; ')],
        ['Origin', app.baseUrl],
        ['Content-Type', 'application/x-www-form-urlencoded'],
      ],
      body: '',
    })
    expect(forged.status).toBe(403)

    const failed = 'mjrwtf_security_events_total{kind="sign-in-failed",outcome="failure"}'
    expect(await readSeries(app, failed)).toBe(1)
    expect(await readSeries(app, 'coatcheck_sessions_created_total{assurance_level="1"}')).toBe(1)
    expect(await readSeries(app, 'coatcheck_csrf_refusals_total{reason="token-missing"}')).toBe(1)
    const find = 'store="sessions",operation="find"'
    const operations = 'coatcheck_store_operation_duration_seconds_count'
    expect(await readSeries(app, `${operations}{${find}}`)).toBeGreaterThan(0)
    const { text } = await app.metrics.read()
    expect(text).not.toContain(account.email)
    expect(text).not.toContain(account.id)
  })

  it('are not on the public port', async () => {
    await using storage = await openStorage(kind)
    await using app = await openApp(storage)
    const answer = await app.send('/metrics')
    expect(answer.status).toBe(404)
    expect(answer.body).not.toContain('mjrwtf_')
  })
})
