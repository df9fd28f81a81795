import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectToBrowser } from '../../../../tools/testing/browser/browser-server.ts'
import { bearer, environmentFor, operator, setUp, shorten } from '../process/support/accounts.ts'
import { startProgram } from '../process/support/program.ts'
import { openStorage } from '../support/storage.ts'
import { signInAs, visit } from './support/visit.ts'

let browser: Browser
beforeAll(async () => {
  browser = await connectToBrowser()
})
afterAll(() => browser.close())

/** The name of the focused element, and whether its focus is visible. */
async function focused(
  page: Page,
): Promise<{ readonly name: string; readonly isVisible: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (element === null) return { name: '', isVisible: false }
    const isField = element instanceof HTMLInputElement || element instanceof HTMLSelectElement
    const label = isField ? element.labels?.[0]?.textContent : undefined
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
    const { top, bottom, width } = element.getBoundingClientRect()
    const hasOutline = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
    const isInViewport = width > 1 && bottom > 0 && top < innerHeight
    const name = (label ?? element.textContent ?? '').replace(/\s+/g, ' ').trim()
    return { name, isVisible: hasOutline && isInViewport }
  })
}

/** Presses Tab until the named element has focus. Every element passed must show its focus. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const passed: string[] = []
  for (let steps = 0; steps < 30; steps += 1) {
    await page.keyboard.press('Tab')
    const now = await focused(page)
    expect(now).toMatchObject({ isVisible: true })
    passed.push(now.name)
    if (typeof name === 'string' ? now.name === name : name.test(now.name)) return
  }
  throw new Error(`${name} is not reached, only ${passed.join(', ')}.`)
}

it('signing in and creating a link works with the keyboard only', async () => {
  await using storage = await openStorage('sqlite')
  await using program = await startProgram({ env: environmentFor(storage) })
  await setUp(program)
  await using ann = await visit(browser, program)
  const { page } = ann
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])

  await ann.open('/login')
  await page.keyboard.press('Tab')
  expect(await focused(page)).toEqual({ name: 'Skip to content', isVisible: true })
  await page.keyboard.press('Enter')
  await tabTo(page, 'Email')
  await page.keyboard.type(operator.email)
  await tabTo(page, 'Password')
  await page.keyboard.type(operator.password)
  await tabTo(page, 'Stay signed in on this device')
  await page.keyboard.press('Space')
  await tabTo(page, 'Sign in')
  await page.keyboard.press('Enter')
  await page.waitForURL('/dashboard')

  await tabTo(page, 'New link')
  await page.keyboard.press('Enter')
  await page.waitForURL('/create')
  await expect.poll(() => focused(page)).toMatchObject({ name: 'Destination URL', isVisible: true })
  await page.keyboard.type('https://example.com/by-keyboard')
  await tabTo(page, /^Short code/)
  await page.keyboard.type('keys')
  await page.keyboard.press('Enter')
  await page.getByText('Link created.').waitFor()

  await tabTo(page, 'Copy link')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  // Also announced to screen readers.
  expect(await page.locator('[aria-live]').innerText()).toBe(`Copied ${program.baseUrl}/keys`)
  expect(await focused(page)).toEqual({ name: 'Copied', isVisible: true })
})

it('link analytics with custom dates and time zone works with the keyboard only', async () => {
  await using storage = await openStorage('sqlite')
  await using program = await startProgram({
    env: environmentFor(storage, { AUTH_TOKEN: bearer }),
  })
  await setUp(program)
  const code = await shorten(program, 'https://example.com/by-keyboard')
  await using ann = await visit(browser, program)
  const { page } = ann
  await signInAs(ann, operator)

  await tabTo(page, `Stats for ${code}`)
  await page.keyboard.press('Enter')
  await page.waitForURL(`/links/${code}`)
  await tabTo(page, '7 days')
  await page.keyboard.press('Enter')
  await page.waitForURL(`/links/${code}?days=7&zone=UTC`)
  await tabTo(page, 'Custom range')
  await page.keyboard.press('Enter')
  await tabTo(page, 'From')
  await page.keyboard.type('03292026')
  await tabTo(page, 'To')
  await page.keyboard.type('03302026')
  await tabTo(page, 'Time zone')
  await page.keyboard.type('Berlin')
  await tabTo(page, 'Apply')
  await page.keyboard.press('Enter')
  await page.waitForURL(`/links/${code}?from=2026-03-29&to=2026-03-30&zone=Europe%2FBerlin`)
  await page.getByText('29 Mar 2026 to 30 Mar 2026 (Europe/Berlin)').waitFor()
  await tabTo(page, 'View as table')
  await page.keyboard.press('Enter')
  expect(await page.getByRole('heading', { name: 'Daily clicks' }).isVisible()).toBe(true)
  expect(ann.errors).toEqual([])
})

it('links are found, selected and opened with shortcuts, which can be switched off', async () => {
  await using storage = await openStorage('sqlite')
  await using program = await startProgram({
    env: environmentFor(storage, { AUTH_TOKEN: bearer }),
  })
  await setUp(program)
  const code = await shorten(program, 'https://example.com/by-shortcut')
  await using ann = await visit(browser, program)
  const { page } = ann
  await signInAs(ann, operator)
  const search = page.getByRole('searchbox', { name: 'Search links' })
  const box = page.getByRole('checkbox', { name: `Select ${code}` })

  await page.keyboard.press('x')
  expect(await box.isChecked()).toBe(false)
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  expect(await box.isChecked()).toBe(true)
  await page.keyboard.press('Control+a')
  expect(await box.isChecked()).toBe(true)
  await page.keyboard.press('/')
  await page.keyboard.type('nx?')
  expect(await search.inputValue()).toBe('nx?')
  await search.blur()
  await page.keyboard.press('?')
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await dialog.waitFor()
  await page.keyboard.press('n')
  await page.getByLabel('Use these shortcuts in this browser').uncheck()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await page.reload()
  for (const key of ['?', 'n', '/']) await page.keyboard.press(key)
  expect([await dialog.isVisible(), new URL(page.url()).pathname]).toEqual([false, '/dashboard'])

  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
  await page.getByLabel('Use these shortcuts in this browser').check()
  await page.getByRole('button', { name: 'Close' }).click()
  for (const key of ['j', 'Enter']) await page.keyboard.press(key)
  await page.waitForURL(`/links/${code}`)
  await page.keyboard.press('e')
  await page.waitForURL(`/links/${code}/edit`)
  expect(ann.errors).toEqual([])
})

it('signing out another device after reauthentication works with the keyboard only', async () => {
  await using storage = await openStorage('sqlite')
  await using program = await startProgram({ env: environmentFor(storage) })
  const other = await setUp(program)
  await using ann = await visit(browser, program)
  const { page } = ann
  await signInAs(ann, operator)
  await storage.query('UPDATE sessions SET authenticated_at = authenticated_at - 1000000')

  await tabTo(page, 'Settings')
  await page.keyboard.press('Enter')
  await page.waitForURL('/settings')
  await tabTo(page, 'Sessions')
  await page.keyboard.press('Enter')
  await page.waitForURL('/settings/sessions')
  await tabTo(page, /^Sign out \((?!this device)/)
  await page.keyboard.press('Enter')
  await page.waitForURL(/^[^?]*\/reauthenticate\?next=/)
  // The page has one field, which has the focus.
  await expect.poll(() => focused(page)).toMatchObject({ name: 'Password', isVisible: true })
  await page.keyboard.type(operator.password)
  await page.keyboard.press('Enter')
  // The page that says what was interrupted, with one button that carries it out.
  await page.waitForURL(/\?interrupted=1$/)
  await tabTo(page, 'Sign out device')
  await page.keyboard.press('Enter')
  await page.getByText('Device signed out.').waitFor()
  expect((await other.open('/dashboard')).status).toBe(303)
  expect(ann.errors).toEqual([])
})
