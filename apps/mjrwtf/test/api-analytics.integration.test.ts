import { describe, expect, it } from 'vitest'
import { createLink, invalid } from './support/api.ts'
import { aSignedInBrowser } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const bearerToken = 'a-shared-bearer-token-of-old'

const env = { AUTH_TOKEN: bearerToken }

describe.each(databases)('link analytics over the API on %s', (kind) => {
  const opened = useApp(kind, { env })

  it('counts by UTC day, referrer and country, in a range of instants with any offset', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const code = await createLink(browser, {
      original_url: 'https://dest.test/',
      short_code: `stat-${kind}`,
    })
    const at = async (instant: string, referrer: string) => {
      app.clock.set(Date.parse(instant))
      await app.send(`/${code}`, { headers: [['Referer', referrer]] })
    }
    const started = app.clock.now()
    await at('2026-01-16T23:59:59.999Z', 'https://blog.test/1')
    await app.flushClicks()
    await at('2026-01-17T00:00:00.000Z', 'https://blog.test/2')
    await at('2026-01-17T12:00:00.000Z', '-')
    await app.flushClicks()
    app.clock.set(started)

    const analytics = async (query: string) => {
      const answer = await browser.send(`/api/urls/${code}/analytics${query}`)
      expect([query, answer.status]).toEqual([query, 200])
      return answer.json()
    }
    expect(await analytics('')).toEqual({
      short_code: code,
      original_url: 'https://dest.test/',
      total_clicks: 3,
      total_visitors: 2,
      total_bot_clicks: 0,
      by_date: [
        { date: '2026-01-16', clicks: 1 },
        { date: '2026-01-17', clicks: 2 },
      ],
      by_referrer: [
        { referrer: 'blog.test', clicks: 2 },
        { referrer: null, clicks: 1 },
      ],
      by_country: [{ country: null, clicks: 3 }],
      by_city: [{ city: null, country: null, clicks: 3 }],
      by_browser: [{ browser: 'Firefox', clicks: 3 }],
      by_system: [{ system: 'Linux', clicks: 3 }],
      by_device: [{ device: 'Desktop', clicks: 3 }],
      by_hour: Array.from({ length: 24 }, (_, hour) => ({
        hour,
        clicks: [0, 12, 23].includes(hour) ? 1 : 0,
      })),
      by_bot: [],
    })
    for (const [start, end, total] of [
      ['2026-01-17T00:00:00Z', '2026-01-18T00:00:00Z', 2],
      ['2026-01-17T05:30:00+05:30', '2026-01-17T13:00:00+01:00', 1],
      ['2026-01-16T19:00:00-05:00', '2026-01-16T19:00:00.001-05:00', 1],
      ['2020-01-01T00:00:00Z', '2026-01-17T00:00:00Z', 1],
    ] as const) {
      const query = `?start_time=${encodeURIComponent(start)}&end_time=${encodeURIComponent(end)}`
      expect(await analytics(query)).toMatchObject({ total_clicks: total })
      // In a query that is not encoded, the plus sign of an offset decodes to a space.
      const bare = `?start_time=${start}&end_time=${end}`
      expect(await analytics(bare)).toMatchObject({ total_clicks: total })
    }
  })

  it('rejects half a range, a reversed range, and instants without an offset', async () => {
    const browser = await aSignedInBrowser(opened())
    const code = await createLink(browser, { original_url: 'https://dest.test/' })
    for (const [query, ...fields] of [
      ['start_time=2026-01-01T00:00:00Z', 'end_time'],
      ['end_time=2026-01-01T00:00:00Z', 'start_time'],
      ['start_time=2026-01-02T00:00:00Z&end_time=2026-01-01T00:00:00Z', 'end_time'],
      ['start_time=2026-01-01T00:00:00&end_time=yesterday', 'start_time', 'end_time'],
      ['start_time=2026-01-01T00:00:00+25:00&end_time=2026-01-02T00:00:00Z', 'start_time'],
    ] as const) {
      const answer = await browser.send(`/api/urls/${code}/analytics?${query}`)
      expect([query, answer.status, answer.json()]).toEqual([query, 400, invalid(...fields)])
    }
    expect((await browser.send('/api/urls/nothing/analytics')).status).toBe(404)
  })
})
