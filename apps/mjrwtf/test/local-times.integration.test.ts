import { describe, expect, it } from 'vitest'
import { aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import { openForm } from './support/open-form.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const original_url = 'https://dest.test/'
const preferences = { locale: 'en-GB', theme: 'system', landing_page: 'links' }

const setZone = (browser: Browser, time_zone: string) =>
  browser.submit('/settings/preferences', { ...preferences, time_zone })

async function expiryOf(browser: Browser, code: string): Promise<unknown> {
  return (await browser.send(`/api/urls/${code}`)).json()
}

describe.each(databases)('the expiry field on %s', (kind) => {
  const opened = useApp(kind)

  it('reads and shows the time in the zone of the user', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await setZone(browser, 'Asia/Kolkata')
    const code = `zone-${kind}`
    const fields = { original_url, short_code: code, expires_at: '2040-01-01T05:30' }
    await browser.submit('/create', fields)
    expect(await expiryOf(browser, code)).toMatchObject({ expires_at: '2040-01-01T00:00:00.000Z' })
    const form = await openForm(app, browser, { page: `/links/${code}/edit` })
    expect(form.fields).toMatchObject({ expires_at: '2040-01-01T05:30', time_zone: 'Asia/Kolkata' })
    expect((await browser.open(`/links/${code}/edit`)).body).toContain('Asia/Kolkata')
  })

  it('reads the time in the zone that the page showed if the zone of the user changes', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const form = await openForm(app, browser, { page: '/create' })
    await setZone(browser, 'Asia/Tokyo')
    const code = `race-${kind}`
    await form.send({ original_url, short_code: code, expires_at: '2040-01-01T05:30' })
    expect(await expiryOf(browser, code)).toMatchObject({ expires_at: '2040-01-01T05:30:00.000Z' })
  })

  it('explains that a time does not exist, with the next one, and keeps what was typed', async () => {
    const browser = await aSignedInBrowser(opened())
    await setZone(browser, 'Europe/Berlin')
    const answer = await browser.submit('/create', { original_url, expires_at: '2040-03-25T02:30' })
    expect(answer.status).toBe(400)
    expect(textOf(answer)).toContain(
      'This time does not exist in Europe/Berlin, because clocks are set forward over it. Choose 25 Mar 2040, 03:00 or later.',
    )
    expect(answer.body).toContain('value="2040-03-25T02:30"')
  })

  it('takes the first instant of a time that occurs twice, and says so', async () => {
    const browser = await aSignedInBrowser(opened())
    await setZone(browser, 'Europe/Berlin')
    const code = `twice-${kind}`
    const fields = { original_url, short_code: code, expires_at: '2040-10-28T02:30' }
    await browser.submit('/create', fields)
    expect(await expiryOf(browser, code)).toMatchObject({ expires_at: '2040-10-28T00:30:00.000Z' })
    const page = await browser.open(`/links/${code}/edit`)
    expect(textOf(page)).toContain('this time occurs twice: the first one counts')
  })

  it('reports the clicks of a link by the days of the zone of the user', async () => {
    const browser = await aSignedInBrowser(opened())
    const code = `days-${kind}`
    await browser.submit('/create', { original_url, short_code: code })
    await setZone(browser, 'Pacific/Auckland')
    const zoneField = /<option value="Pacific\/Auckland" selected/
    expect((await browser.open(`/links/${code}`)).body).toMatch(zoneField)
    expect((await browser.open(`/links/${code}?zone=UTC`)).body).not.toMatch(zoneField)
  })
})
