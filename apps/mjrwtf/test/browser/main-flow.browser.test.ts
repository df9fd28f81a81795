import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectToBrowser } from '../../../../tools/testing/browser/browser-server.ts'
import { startOtherSite } from '../../../../tools/testing/browser/other-site.ts'
import { environmentFor, operator } from '../process/support/accounts.ts'
import { type Program, startProgram } from '../process/support/program.ts'
import { openStorage } from '../support/storage.ts'
import { overflowsHorizontally } from './support/accessibility.ts'
import { desktop, phone, signInAs, type Visit, visit } from './support/visit.ts'

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

/** A visit with shorthands for the steps below. */
interface Flow extends Visit {
  readonly program: Program
  shows(text: string | RegExp): Promise<void>
  press(name: string | RegExp): Promise<void>
  /** Expects that the page is not wider than the screen. */
  fits(): Promise<void>
}

function createFlow(visited: Visit, program: Program): Flow {
  const { page } = visited
  return {
    ...visited,
    program,
    shows: (text) => page.getByText(text).first().waitFor(),
    press: (name) => page.getByRole('button', { name }).click(),
    fits: async () => expect(await overflowsHorizontally(page), page.url()).toBe(false),
  }
}

async function setUpAndSignIn(flow: Flow): Promise<void> {
  const { page, program, open, shows, press, fits } = flow
  const link = await program.setUpLink()
  await open('/')
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
  await signInAs(flow, operator)
  await shows(`Welcome back, ${operator.email}.`)
}

async function createLink({ page, shows, press, fits }: Flow, destination: string) {
  await page.getByRole('link', { name: 'New link' }).click()
  await page.getByLabel('Destination URL').fill(destination)
  await page.getByLabel('Short code').fill('spring-menu')
  await fits()
  await press('Create link')
  await shows('Link created')
  await fits()
}

/** On the page of the new link. Without script there is no button to copy it. */
async function checkNewLink({ page, program }: Flow, javaScriptEnabled: boolean): Promise<void> {
  const shortUrl = `${program.baseUrl}/spring-menu`
  const shortLink = page.getByRole('link', { name: shortUrl.replace('http://', '') })
  expect(await shortLink.getAttribute('href')).toBe(shortUrl)
  const qrCode = page.getByRole('img', { name: /^QR code/ }).locator('svg path')
  expect(await qrCode.count()).toBeGreaterThan(0)

  const copy = page.getByRole('button', { name: 'Copy link' })
  expect(await copy.isVisible()).toBe(javaScriptEnabled)
  if (javaScriptEnabled) {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await copy.click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shortUrl)
  }
  await shortLink.click()
}

const itemOf = ({ page }: Flow) =>
  page.getByRole('list', { name: 'Links' }).getByRole('listitem').filter({ hasText: 'spring-menu' })

async function checkClickOnDashboard(flow: Flow, destination: string): Promise<void> {
  const { page, open, shows, fits } = flow
  await open('/dashboard')
  const clicksAfterReload = async () => {
    await page.reload()
    return itemOf(flow).locator('.link-numbers dd').first().innerText()
  }
  await expect.poll(clicksAfterReload).toBe('1')
  await shows(destination)
  await fits()
}

async function editAndDeleteLink(flow: Flow): Promise<void> {
  const { page, program, open, shows, press, fits } = flow
  await itemOf(flow).getByRole('link', { name: 'Edit' }).click()
  await page.getByLabel('Destination URL').fill('https://example.com/summer')
  await page.getByLabel('Expires').fill('2099-12-31T23:59')
  await fits()
  await press('Save changes')
  await page.waitForURL('/links/spring-menu')
  await shows('Changes saved.')
  await fits()
  await open('/dashboard')
  await shows('https://example.com/summer')
  await shows(/^Expires .*2099/)

  await itemOf(flow).getByText('Delete').first().click()
  await fits()
  await press('Delete spring-menu')
  await shows('Link /spring-menu deleted.')
  await shows('No links yet')
  expect((await program.send('/spring-menu')).status).toBe(410)
}

/** The Back button must not show the page of the ended session. */
async function signOutAndGoBack({ page, press }: Flow): Promise<void> {
  await press('Sign out')
  await page.waitForURL('/')
  await page.goBack()
  await page.waitForURL('/login?**')
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Sign in')
  expect(await page.getByText(operator.email).count()).toBe(0)
}

describe.each(settings)('main flow on $name', ({ database, viewport, javaScriptEnabled }) => {
  it('works from the setup link to signing out', async () => {
    await using storage = await openStorage(database)
    await using program = await startProgram({ env: environmentFor(storage) })
    await using otherSite = await startOtherSite()
    await using ann = await visit(browser, program, { viewport, javaScriptEnabled })
    const flow = createFlow(ann, program)
    const destination = otherSite.urlOf('menu.test', '/spring?table=12')

    await setUpAndSignIn(flow)
    await createLink(flow, destination)
    await checkNewLink(flow, javaScriptEnabled)
    await ann.page.waitForURL(destination)
    await flow.shows('This is another site')
    await checkClickOnDashboard(flow, destination)
    await editAndDeleteLink(flow)
    await signOutAndGoBack(flow)
    expect(ann.errors).toEqual([])
  })
})
