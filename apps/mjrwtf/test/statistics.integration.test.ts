import { createFakeClock } from 'coatcheck/testing'
import { describe, expect, it } from 'vitest'
import { hour, minute } from '../src/domain/time.ts'
import { shorten } from './support/api.ts'
import { aSignedInBrowser, textOf } from './support/browser.ts'
import { proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const today = Date.parse('2026-11-10T12:00:00Z')
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const phone =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36'

let linkCount = 0

async function aLink(app: TestApp) {
  const browser = await aSignedInBrowser(app)
  linkCount += 1
  const code = `stats-${linkCount}`
  await shorten(browser, { original_url: 'https://dest.test/', short_code: code })
  const visit = (ipAddress: string, userAgent = firefox) => {
    const headers: RawHeaders = [
      ['X-Forwarded-For', ipAddress],
      ['User-Agent', userAgent],
    ]
    return app.send(`/${code}`, { headers })
  }
  return { browser, code, path: `/links/${code}`, visit }
}

describe.each(databases)('statistics of a link on %s', (kind) => {
  const opened = useApp(kind, { env: proxied, clock: createFakeClock(today) })

  it('count each visitor once a day, by IP address and browser, without a cookie', async () => {
    const app = opened()
    const { browser, path, visit } = await aLink(app)
    for (const ipAddress of ['203.0.113.1', '203.0.113.1', '203.0.113.2']) {
      expect((await visit(ipAddress)).headers['set-cookie']).toBeUndefined()
    }
    await visit('203.0.113.1', phone)
    await app.flushClicks()
    await visit('203.0.113.2')
    await app.flushClicks()
    expect(textOf(await browser.open(path))).toMatch(/5 clicks .*3 visitors/)
    app.clock.set(today - 24 * hour)
    await visit('203.0.113.1')
    await app.flushClicks()
    app.clock.set(today)
    const text = textOf(await browser.open(path))
    expect(text).toMatch(/6 clicks .*4 visitors/)
    expect(text).toMatch(/Devices .*Desktop 5 83.3% Phone 1 16.7%/)
    expect(text).toMatch(/Operating systems .*Linux 5 83.3% Android 1 16.7%/)
  })

  it('report new clicks to an open page, without keeping its session alive (V7.3.1)', async () => {
    const app = opened()
    const { browser, path, visit } = await aLink(app)
    expect((await browser.open(path)).body).toContain(`data-new-clicks="${path}/clicks"`)
    await visit('203.0.113.1')
    await app.flushClicks()
    expect((await browser.open(`${path}/clicks`)).body).toBe('1')
    await browser.open(path)
    for (let asked = 0; asked < 3; asked += 1) {
      app.clock.advance(9 * minute)
      expect((await browser.open(`${path}/clicks`)).status).toBe(200)
    }
    app.clock.advance(4 * minute)
    expect((await browser.open(`${path}/clicks`)).location).toMatch(/^\/login/)
    app.clock.set(today)
  })

  it('keep neither salt nor hashes of visitors an hour after their day (V14.2.7)', async () => {
    const app = opened()
    const { code, visit } = await aLink(app)
    const link = await app.persistence.links.resolve(code)
    await visit('203.0.113.77')
    await app.flushClicks()
    const stored = async () => {
      const days = await app.storage.query(`SELECT visitors, sketch FROM visitor_days
        WHERE link_id = '${link?.id}'`)
      const salts = await app.storage.query(
        `SELECT day FROM visitor_salts WHERE day = '2026-11-10'`,
      )
      return { days, salts: salts.length }
    }
    const before = await stored()
    expect(before).toMatchObject({ days: [{ visitors: 1, sketch: expect.any(String) }], salts: 1 })
    expect(await app.storage.dump()).not.toContain('203.0.113.77')
    app.clock.set(Date.parse('2026-11-11T00:59:00Z'))
    await app.features.purge()
    expect(await stored()).toEqual(before)
    app.clock.advance(2 * minute)
    await app.features.purge()
    app.clock.set(today)
    expect(await stored()).toMatchObject({ days: [{ sketch: '' }], salts: 0 })
  })

  it('show bots apart, by name, and only on request', async () => {
    const app = opened()
    const { browser, path, visit } = await aLink(app)
    await visit('203.0.113.1')
    for (const bot of ['WhatsApp/2.23.20.0', 'WhatsApp/2.23.20.0', `${firefox} BarracudaCentral`])
      await visit('203.0.113.9', bot)
    await app.flushClicks()
    const without = textOf(await browser.open(path))
    expect(without).toMatch(/1 click .*1 visitor .*3 by bots/)
    expect(without).not.toContain('WhatsApp')
    const text = textOf(await browser.open(`${path}?bots=1`))
    expect(text).toMatch(/Bots Bot Clicks Share WhatsApp 2 66.7% Barracuda 1 33.3%/)
    expect(text).toMatch(/Total 1 1 3/)
    const { body } = await browser.open(`/api/urls/${path.slice(7)}/analytics`)
    expect(JSON.parse(body)).toMatchObject({
      total_clicks: 1,
      total_bot_clicks: 3,
      by_bot: [
        { bot: 'WhatsApp', clicks: 2 },
        { bot: 'Barracuda', clicks: 1 },
      ],
    })
  })

  it('compare with the period before, and list hours in the chosen time zone', async () => {
    const app = opened()
    const { browser, path, visit } = await aLink(app)
    app.clock.set(today - 8 * 24 * hour)
    await visit('203.0.113.1')
    app.clock.set(today)
    for (const n of [1, 2, 3]) await visit(`203.0.113.${n}`)
    await app.flushClicks()
    const page = textOf(await browser.open(`${path}?days=7&zone=Asia/Kathmandu`))
    expect(page).toContain('3 clicks +200% · 1 in the period before')
    expect(page).toMatch(/17:00 3/)
    expect(textOf(await browser.open(`${path}?days=all`))).not.toContain('period before')
  })

  it('are downloaded as CSV with the days of the page, for the owner only', async () => {
    const app = opened()
    const { browser, path, visit } = await aLink(app)
    await visit('203.0.113.1')
    await visit('203.0.113.1', 'WhatsApp/2.23.20.0')
    await app.flushClicks()
    const file = await browser.open(`${path}/statistics.csv?days=7`)
    expect(file.headers['content-type']).toBe('text/csv; charset=utf-8')
    const lines = file.body.split('\r\n')
    expect(lines[0]).toBe('group,name,clicks,visitors,bot_clicks')
    expect(lines.filter((line) => line.startsWith('"day"'))).toHaveLength(7)
    expect(lines).toContain('"day","2026-11-10","1","1","1"')
    expect(lines).toContain('"browser","Firefox","1","",""')
    expect(lines).toContain('"bot","WhatsApp","","","1"')
    expect((await browser.open(`${path}/statistics.csv?days=8`)).status).toBe(400)
    const other = await aSignedInBrowser(app)
    expect((await other.open(`${path}/statistics.csv`)).status).toBe(404)
  })
})
