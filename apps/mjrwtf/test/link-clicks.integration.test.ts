import { createFakeClock } from 'coatcheck/testing'
import { describe, expect, it } from 'vitest'
import { type Click, unknownSource } from '../src/domain/click.ts'
import { hour, minute } from '../src/domain/time.ts'
import { shorten } from './support/api.ts'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import type { TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const at = (text: string) => Date.parse(text)
const today = at('2026-11-10T12:00:00Z')

let linkCount = 0

/** A link of a signed-in user, and a function that inserts clicks on it. */
async function aLink(app: TestApp) {
  const browser = await aSignedInBrowser(app)
  linkCount += 1
  const code = `clicks-${linkCount}`
  await shorten(browser, { original_url: 'https://dest.test/menu', short_code: code })
  const link = await app.persistence.links.resolve(code)
  const addClicks = (...clicks: readonly Partial<Click>[]) =>
    app.persistence.clicks.add(
      clicks.map((click, n) => ({
        id: `${code}-${n}`,
        linkId: link?.id ?? '',
        at: today,
        ...unknownSource,
        count: 1,
        ...click,
      })),
    )
  return { browser, code, path: `/links/${code}`, addClicks }
}

/**
 * Rows of the table of days, months or years, such as `2026-03-29: 2`; rows without clicks only on
 * request.
 */
function rowsOf({ body }: TestResponse, which: 'all' | 'clicked' = 'clicked'): readonly string[] {
  const [, table = ''] = body.split('aria-labelledby="numbers"')
  const row = /<time datetime="([^"]+)">.*?<td class="number">([\d,]+)<\/td>/g
  const rows = [...table.matchAll(row)].map(([, key, clicks]) => `${key}: ${clicks}`)
  return which === 'all' ? rows : rows.filter((each) => !each.endsWith(': 0'))
}

async function rowsFor(browser: Browser, url: string): Promise<readonly string[]> {
  const answer = await browser.open(url)
  expect([url, answer.status]).toEqual([url, 200])
  return rowsOf(answer)
}

describe.each(databases)('clicks of a link on %s', (kind) => {
  const opened = useApp(kind, { clock: createFakeClock(today) })

  it('are counted by the days of the chosen time zone, including those of 23 and 25 hours', async () => {
    const { browser, path, addClicks } = await aLink(opened())
    await addClicks(
      ...[
        '2026-03-28T22:59:59.999Z',
        '2026-03-28T23:00:00.000Z',
        '2026-03-29T21:59:59.999Z',
        '2026-03-29T22:00:00.000Z',
        '2026-10-24T22:00:00.000Z',
        '2026-10-25T22:59:59.999Z',
        '2026-10-25T23:00:00.000Z',
      ].map((instant) => ({ at: at(instant) })),
    )
    const spring = (zone: string) => `${path}?from=2026-03-27&to=2026-03-31&zone=${zone}`
    const autumn = (zone: string) => `${path}?from=2026-10-23&to=2026-10-27&zone=${zone}`
    expect(await rowsFor(browser, spring('UTC'))).toEqual(['2026-03-28: 2', '2026-03-29: 2'])
    expect(await rowsFor(browser, spring('Europe/Berlin'))).toEqual([
      ...['2026-03-28: 1', '2026-03-29: 2', '2026-03-30: 1'],
    ])
    expect(await rowsFor(browser, autumn('UTC'))).toEqual(['2026-10-24: 1', '2026-10-25: 2'])
    expect(await rowsFor(browser, autumn('Europe/Berlin'))).toEqual([
      ...['2026-10-25: 2', '2026-10-26: 1'],
    ])
    expect(await rowsFor(browser, spring('America/New_York'))).toEqual([
      ...['2026-03-28: 2', '2026-03-29: 2'],
    ])
    const text = textOf(await browser.open(autumn('europe/berlin')))
    expect(text).toContain('Sun, 25 Oct 2026 25 hours 2')
    expect(text).toContain('23 Oct 2026 to 27 Oct 2026 (Europe/Berlin) 3 clicks')
  })

  it('are counted in zones with odd offsets, half-hour DST and a skipped day', async () => {
    const { browser, path, addClicks } = await aLink(opened())
    await addClicks(
      ...[
        '2026-01-01T18:14:59.999Z',
        '2026-01-01T18:15:00.000Z',
        '2026-10-03T13:29:59.999Z',
        '2026-10-03T13:30:00.000Z',
        '2026-10-04T12:59:59.999Z',
        '2026-10-04T13:00:00.000Z',
        '2011-12-30T09:59:59.999Z',
        '2011-12-30T10:00:00.000Z',
      ].map((instant) => ({ at: at(instant) })),
    )
    for (const [zone, from, to, ...rows] of [
      ['Asia/Kathmandu', '2026-01-01', '2026-01-02', '2026-01-01: 1', '2026-01-02: 1'],
      ['Asia/Katmandu', '2026-01-02', '2026-01-02', '2026-01-02: 1'],
      ['Australia/Lord_Howe', '2026-10-04', '2026-10-04', '2026-10-04: 2'],
      ['Australia/Lord_Howe', '2026-10-03', '2026-10-05', ...lordHowe],
      ['Pacific/Apia', '2011-12-29', '2011-12-31', '2011-12-29: 1', '2011-12-31: 1'],
    ] as const) {
      const url = `${path}?from=${from}&to=${to}&zone=${zone}`
      expect([url, await rowsFor(browser, url)]).toEqual([url, rows])
    }
    const skipped = await browser.open(`${path}?from=2011-12-30&to=2011-12-30&zone=Pacific/Apia`)
    expect([skipped.status, problemsOf(skipped)]).toEqual([400, ['from']])
  })

  it('are listed for every day of the range, with the same numbers in the chart', async () => {
    const { browser, path, addClicks } = await aLink(opened())
    await addClicks({ at: today }, { at: today - 24 * hour }, { at: today - 24 * hour + minute })
    const week = await browser.open(`${path}?days=7`)
    expect(rowsOf(week, 'all')).toEqual([
      ...['2026-11-04: 0', '2026-11-05: 0', '2026-11-06: 0', '2026-11-07: 0', '2026-11-08: 0'],
      ...['2026-11-09: 2', '2026-11-10: 1'],
    ])
    expect(week.body.match(/<g><title>/g)).toHaveLength(7 + 24)
    expect(week.body).toContain('<title>Mon, 9 Nov 2026: 2 clicks, 0 visitors</title>')
    expect(week.body).toMatch(
      /<svg[^>]* role="img" aria-labelledby="chart-title chart-description"/,
    )
    expect(week.body).toContain('Busiest day: Mon, 9 Nov 2026 (2 clicks).')
    for (const [query, days] of [
      ['', 30],
      ['?days=90', 90],
      ['?days=all', 2],
      ['?from=2024-01-01&to=2024-12-31', 366],
    ] as const) {
      const answer = await browser.open(`${path}${query}`)
      expect([query, answer.status, rowsOf(answer, 'all').length]).toEqual([query, 200, days])
    }
    const [empty, month] = [
      await browser.open(`${path}?days=7&zone=Asia/Tokyo`),
      await browser.open(path),
    ]
    expect(empty.body).toContain(`href="${path}?days=30&amp;zone=Asia%2FTokyo"`)
    expect(month.body).toContain(`href="${path}?days=30" aria-current="true"`)
  })

  it('are grouped by month or year for long ranges, without losing any', async () => {
    const { browser, path, addClicks } = await aLink(opened())
    await addClicks(
      { at: at('2025-02-28T23:30:00Z') },
      { at: at('2025-03-31T22:30:00Z') },
      { at: at('2026-11-10T11:00:00Z') },
      // Recorded by a clock that was ahead.
      { at: at('2026-11-12T00:00:00Z') },
    )
    const url = `${path}?from=2025-03-01&to=2026-12-31&zone=Europe/Berlin`
    expect(await rowsFor(browser, url)).toEqual(['2025-03: 1', '2025-04: 1', '2026-11: 2'])
    expect(await rowsFor(browser, `${path}?from=1990-01-01&to=2026-12-31`)).toEqual([
      ...['2025: 2', '2026: 2'],
    ])
    const all = await browser.open(`${path}?days=all`)
    expect(rowsOf(all)).toEqual(['2025-02: 1', '2025-03: 1', '2026-11: 2'])
    expect(textOf(all)).toContain('28 Feb 2025 to 12 Nov 2026 (UTC) 4 clicks')
  })

  it('are grouped by referrer, country and browser, with counts and shares', async () => {
    const app = opened()
    const { browser, code, path, addClicks } = await aLink(app)
    for (const referrer of ['https://blog.test/1', 'https://blog.test/2', '-']) {
      await app.send(`/${code}`, { headers: [['Referer', referrer]] })
    }
    await app.flushClicks()
    await addClicks({ country: 'NL', agent: 'Safari' })
    const text = textOf(await browser.open(path))
    expect(text).toContain('Site Clicks Share blog.test 2 50.0% Direct / unknown 2 50.0%')
    expect(text).toContain('Country Clicks Share Unknown 3 75.0% Netherlands 1 25.0%')
    expect(text).toContain('Browser Clicks Share Firefox 3 75.0% Safari 1 25.0%')
    expect(text).toContain('Total 4')
    expect(text).toContain(`localhost:8080/${code} Destination: https://dest.test/menu`)
    expect(text).toMatch(/Created 10 Nov 2026, \d\d:\d\d UTC Expires Never/)
    expect(textOf(await browser.open(`${path}?from=2026-01-01&to=2026-01-31`))).toContain(
      'No clicks in this period.',
    )
  })

  it('group the smallest referrers as "All others", so that the counts add up', async () => {
    const { browser, path, addClicks } = await aLink(opened())
    await addClicks(...Array.from({ length: 60 }, (_, n) => ({ referrerHost: `site-${n}.test` })))
    expect(textOf(await browser.open(path))).toContain('All others 10 16.7%')
  })

  it('are not visible to others: same 404 as for an unknown short code (V8.2.2)', async () => {
    const app = opened()
    const { path, addClicks } = await aLink(app)
    await addClicks({})
    const other = await aSignedInBrowser(app)
    await other.open('/dashboard')
    const before = await app.fingerprint()
    const pages: string[] = []
    for (const query of ['', '?days=all', '?from=garbage', '?zone=x&zone=y']) {
      for (const target of [`${path}${query}`, `/links/unknown${query}`, `/links/a!${query}`]) {
        const { status, body } = await other.open(target)
        expect([target, status]).toEqual([target, 404])
        pages.push(textOf({ body }).replace(/Request ID: \S+/, ''))
      }
    }
    expect(new Set(pages).size).toBe(1)
    expect(await app.fingerprint()).toBe(before)
    const visitor = await aBrowser(app).open(`${path}?days=7`)
    const next = `/login?next=${encodeURIComponent(`${path}?days=7`)}`
    expect([visitor.status, visitor.location]).toEqual([303, next])
  })

  it.each([
    ['from=2026-02-30&to=2026-03-01', ['from'], 'value="2026-02-30"'],
    ['from=2026-03-02&to=2026-03-01', ['to'], 'value="2026-03-02"'],
    ['from=yesterday&to=today', ['from', 'to'], 'value="yesterday"'],
    ['from=2026-03-01', ['to'], 'value="2026-03-01"'],
    ['to=2026-03-01', ['from'], 'value="2026-03-01"'],
    ['from=0001-01-01&to=2026-03-01', ['from'], 'value="0001-01-01"'],
    ['from=2026-03-01&to=9999-12-31', ['to'], 'value="9999-12-31"'],
    ['from=%2B020026-01-01&to=2026-03-01', ['from'], 'value="+020026-01-01"'],
    ['from=2026-03-01&from=2026-03-02&to=2026-03-03', ['from'], '2026-03-01, 2026-03-02'],
    ['zone=UTC&zone=Europe/Berlin', ['zone'], 'UTC, Europe/Berlin'],
    ['days=7&days=7', ['days'], 'selected="">UTC'],
    ['days=8', ['days'], 'selected="">UTC'],
    ['days=-7', ['days'], 'selected="">UTC'],
    ['days=7&zone=Mars/Olympus', ['zone'], 'name="days" value="7"'],
    ['zone=%2B02:00', ['zone'], 'value="+02:00" selected'],
    ['from=x&to=%00&zone=%00', ['from', 'to', 'zone'], 'value="x"'],
    ['from=%FF&to=2026-03-01', ['from'], 'value="2026-03-01"'],
  ] as const)('are not shown for the invalid query ?%s', async (query, fields, stored) => {
    const { browser, path, addClicks } = await aLink(opened())
    await addClicks({})
    const answer = await browser.open(`${path}?${query}`)
    expect([answer.status, problemsOf(answer)]).toEqual([400, fields])
    expect(answer.body).toContain(stored)
    expect(answer.body).not.toContain('id="numbers"')
  })

  it('show hostile referrers, agents, countries and queries as text (V3.2.2, V1.2.2)', async () => {
    const { browser, path, addClicks } = await aLink(opened())
    const hostile = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`
    await addClicks({ referrerHost: hostile, agent: hostile, country: hostile })
    const query = encodeURIComponent(hostile)
    const pages = [
      await browser.open(path),
      await browser.open(`${path}?from=${query}&to=${query}&days=${query}&zone=${query}`),
      await browser.open(`${path}?zone=${query}`),
    ]
    expect(pages.map(({ status }) => status)).toEqual([200, 400, 400])
    for (const { body } of pages) {
      expect(body).toContain('&lt;script&gt;')
      expect(body).not.toMatch(/<script>|<img/)
      // Those of the page itself.
      expect(body.match(/<script/g)).toHaveLength(2)
      expect(body).not.toMatch(/<[^>]* style=/)
    }
  })

  it('are linked from the dashboard and from the page of a new link', async () => {
    const { browser, path } = await aLink(opened())
    expect((await browser.open('/dashboard')).body).toContain(`href="${path}"`)
    const created = await browser.submit('/create', {
      original_url: 'https://dest.test/',
      short_code: `made-${kind}`,
      expires_at: '',
    })
    expect(created.location).toBe(`/links/made-${kind}`)
    const page = await browser.open(path)
    expect(page.body).toContain('href="/dashboard"')
    expect(page.body).toContain(`href="${path}/edit"`)
  })
})

const lordHowe = ['2026-10-03: 1', '2026-10-04: 2', '2026-10-05: 1'] as const

/** Fields with an error message. The quick ranges are not a field; their message is below them. */
function problemsOf({ body }: TestResponse): readonly string[] {
  const byField = [...body.matchAll(/<p class="problem" id="(\w+)-problem">/g)]
  const fields = byField.map(([, name = '']) => name)
  for (const name of fields) {
    expect(body).toMatch(new RegExp(`id="${name}"[^>]*aria-describedby="${name}-problem"`))
  }
  return body.includes('<p class="problem">') ? ['days', ...fields] : fields
}
