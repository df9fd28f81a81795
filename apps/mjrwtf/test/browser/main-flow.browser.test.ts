import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environmentFor, operator } from '../process/support/accounts.ts'
import { startProgram } from '../process/support/program.ts'
import { openStorage } from '../support/storage.ts'
import { overflowsHorizontally } from './support/accessibility.ts'
import { connectToBrowser } from './support/browser-server.ts'
import { startOtherSite } from './support/other-site.ts'
import { desktop, phone, signInAs, visit } from './support/visit.ts'

let browser: Browser
beforeAll(async () => {
  browser = await connectToBrowser()
})
afterAll(() => browser.close())

const settings = [
  { name: 'a desktop', database: 'sqlite', viewport: desktop, javaScriptEnabled: true },
  { name: 'a phone', database: 'postgres', viewport: phone, javaScriptEnabled: true },
  {
    name: 'a desktop without script',
    database: 'postgres',
    viewport: desktop,
    javaScriptEnabled: false,
  },
  { name: 'a phone without script', database: 'sqlite', viewport: phone, javaScriptEnabled: false },
] as const

describe.each(settings)('main flow on $name', ({ database, viewport, javaScriptEnabled }) => {
  it('works from the setup link to signing out', async () => {
    await using storage = await openStorage(database)
    await using program = await startProgram({ env: environmentFor(storage) })
    await using otherSite = await startOtherSite()
    await using ann = await visit(browser, program, { viewport, javaScriptEnabled })
    const { page } = ann
    const link = await program.setUpLink()
    const shows = (text: string | RegExp) => page.getByText(text).first().waitFor()
    const press = (name: string | RegExp) => page.getByRole('button', { name }).click()
    const fits = async () => expect(await overflowsHorizontally(page), page.url()).toBe(false)

    await ann.open('/')
    await shows('No account exists yet.')
    await fits()

    await page.goto(link.href)
    expect(await page.getByLabel('Setup code').inputValue()).not.toBe('')
    await page.getByLabel('Email').fill(operator.email)
    await page.getByLabel('Password', { exact: true }).fill(operator.password)
    await fits()
    await press('Create account')
    await page.waitForURL('/dashboard')
    await shows('Welcome to mjr.wtf.')
    await shows('No links yet')
    await fits()

    await press('Sign out')
    await page.waitForURL('/')
    await signInAs(ann, operator)
    await shows(`Welcome back, ${operator.email}.`)

    const destination = otherSite.urlOf('menu.test', '/spring?table=12')
    await page.getByRole('link', { name: 'New link' }).click()
    await page.getByLabel('Destination URL').fill(destination)
    await page.getByLabel('Short code').fill('spring-menu')
    await fits()
    await press('Create link')
    await shows('Link created')
    const shortUrl = `${program.baseUrl}/spring-menu`
    const shortLink = page.getByRole('link', { name: shortUrl.replace('http://', '') })
    expect(await shortLink.getAttribute('href')).toBe(shortUrl)
    expect(
      await page
        .getByRole('img', { name: /^QR code/ })
        .locator('svg path')
        .count(),
    ).toBeGreaterThan(0)
    await fits()

    const copy = page.getByRole('button', { name: 'Copy link' })
    expect(await copy.isVisible()).toBe(javaScriptEnabled)
    if (javaScriptEnabled) {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await copy.click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shortUrl)
    }

    await shortLink.click()
    await page.waitForURL(destination)
    await shows('This is another site')

    await ann.open('/dashboard')
    const row = page.getByRole('row', { name: /spring-menu/ })
    const clicksAfterReload = async () => {
      await page.reload()
      return row.getByRole('cell').first().innerText()
    }
    await expect.poll(clicksAfterReload).toBe('1')
    await shows(destination)
    await fits()

    await row.getByRole('link', { name: 'Edit' }).click()
    await page.getByLabel('Destination URL').fill('https://example.com/summer')
    await page.getByLabel('Expires').fill('2099-12-31T23:59')
    await fits()
    await press('Save changes')
    await page.waitForURL('/dashboard')
    await shows('Changes to /spring-menu saved.')
    await shows('https://example.com/summer')
    await shows(/^Expires .*2099/)

    await row.getByText('Delete').first().click()
    await fits()
    await press('Delete spring-menu')
    await shows('Link /spring-menu deleted.')
    await shows('No links yet')
    expect((await program.send('/spring-menu')).status).toBe(410)

    await press('Sign out')
    await page.waitForURL('/')
    await page.goBack()
    await page.waitForURL('/login?**')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Sign in')
    expect(await page.getByText(operator.email).count()).toBe(0)
    expect(ann.errors).toEqual([])
  })
})
