import { describe, expect, it } from 'vitest'
import { aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import { openForm } from './support/open-form.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const path = '/settings/preferences'
const zonePath = `${path}/time-zone`
const chosen = { time_zone: 'Asia/Kolkata', locale: 'de-DE', theme: 'dark', landing_page: 'create' }

const detect = (browser: Browser, time_zone: string) =>
  browser.submit(zonePath, { time_zone }, { on: '/dashboard' })

describe.each(databases)('preferences on %s', (kind) => {
  const opened = useApp(kind)

  it('show every time in the zone and format of the account, on the next page', async () => {
    const app = opened()
    app.clock.set(Date.UTC(2030, 0, 15, 20, 30))
    const browser = await aSignedInBrowser(app)
    expect(textOf(await browser.open('/settings/sessions'))).toContain('15 Jan 2030, 20:30 UTC')
    const saved = await browser.submit(path, chosen)
    expect([saved.status, saved.location]).toEqual([303, path])
    expect(textOf(await browser.open(path))).toContain('Preferences saved.')
    const page = await browser.open('/settings/sessions')
    expect(page.body).toMatch(/<time [^>]*lang="de-DE"[^>]*>16\.01\.2030, 02:00</)
    expect(page.body).not.toContain('data-local')
    expect(textOf(page)).not.toContain('20:30')
  })

  it('use the language that the browser prefers while no format is chosen', async () => {
    const browser = await aSignedInBrowser(opened())
    await browser.submit(path, { ...chosen, locale: '', time_zone: 'UTC' })
    const headers = [['Accept-Language', 'fr-CH, fr;q=0.9']] as const
    const page = await browser.send('/settings/sessions', { headers })
    expect(page.body).toMatch(/<time [^>]*lang="fr-CH"/)
  })

  it('apply the theme to every page of the account, and to no other page', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    expect((await browser.open('/dashboard')).body).not.toContain('data-theme')
    await browser.submit(path, chosen)
    expect((await browser.open('/dashboard')).body).toContain('data-theme="dark"')
    expect((await app.send('/login')).body).not.toContain('data-theme')
  })

  it('choose the page after signing in, unless another one was requested', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await browser.submit(path, chosen)
    expect((await browser.signIn(browser.account)).location).toBe('/create')
    const requested = await browser.signIn(browser.account, { next: '/settings/account' })
    expect(requested.location).toBe('/settings/account')
  })

  it('reject what is not on the lists, name the field and change nothing', async () => {
    const browser = await aSignedInBrowser(opened())
    const invalid = { time_zone: 'Moon/Base', locale: 'xx', theme: 'pink', landing_page: '/evil' }
    for (const [field, value] of Object.entries(invalid)) {
      const answer = await browser.submit(path, { ...chosen, [field]: value })
      expect([field, answer.status]).toEqual([field, 400])
      expect(answer.body).toContain(`id="${field}-problem"`)
    }
    expect((await browser.open('/dashboard')).body).not.toContain('data-theme')
  })

  it('detect the time zone of the browser once, and never replace a chosen one', async () => {
    const browser = await aSignedInBrowser(opened())
    expect((await browser.open('/dashboard')).body).toContain(`data-detect-zone="${zonePath}"`)
    expect((await detect(browser, 'Nowhere')).status).toBe(204)
    expect((await detect(browser, 'Europe/Kiev')).status).toBe(204)
    expect((await detect(browser, 'Asia/Tokyo')).status).toBe(204)
    const page = await browser.open(path)
    expect(page.body).toMatch(/<option value="Europe\/Kyiv" selected/)
    expect(page.body).not.toContain('data-detect-zone')
  })

  it('are asked for without a step-up, and not for another user', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app)
    const form = await openForm(app, browser, { page: path })
    app.clock.advance(20 * 60_000)
    expect((await form.send(chosen)).location).toBe(path)
    expect((await form.send(chosen, { from: other })).status).toBe(403)
    expect((await other.open('/dashboard')).body).not.toContain('data-theme')
  })

  it('write the times of emails in the zone of the account', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await browser.submit(path, chosen)
    app.clock.set(Date.UTC(2031, 0, 15, 20, 30))
    await aSignedInBrowser(app, browser.account)
    const email = app.emails().findLast(({ email: { kind: each } }) => each === 'new-device')
    expect(email?.to).toBe(browser.account.email)
    expect(email?.composed.text).toContain('January 16, 2031, 02:00 GMT+5:30')
  })

  it('use DEFAULT_TIME_ZONE for accounts without a zone', async () => {
    await using app = await anApp(kind, { env: { DEFAULT_TIME_ZONE: 'america/lima' } })
    app.clock.set(Date.UTC(2030, 0, 15, 20, 30))
    const browser = await aSignedInBrowser(app)
    const text = textOf(await browser.open('/settings/sessions'))
    expect(text).toContain('15 Jan 2030, 15:30 GMT-5')
  })
})
