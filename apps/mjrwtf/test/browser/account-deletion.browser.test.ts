import { text } from 'node:stream/consumers'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectToBrowser } from '../../../../tools/testing/browser/browser-server.ts'
import { environmentFor, operator, setUp } from '../process/support/accounts.ts'
import { type Program, startProgram } from '../process/support/program.ts'
import { openStorage, type Storage } from '../support/storage.ts'
import { overflowsHorizontally } from './support/accessibility.ts'
import { signInAs, signUpAs, type Visit, visit } from './support/visit.ts'

let browser: Browser
let storage: Storage
let program: Program

beforeAll(async () => {
  browser = await connectToBrowser()
  storage = await openStorage('sqlite')
  program = await startProgram({ env: environmentFor(storage, { SIGNUP: 'open' }) })
  await setUp(program)
})

afterAll(async () => {
  await browser.close()
  await program[Symbol.asyncDispose]()
  await storage[Symbol.asyncDispose]()
})

/** Makes all authentications older than the step-up limit. */
async function expireAuthentication(): Promise<void> {
  await storage.query('UPDATE sessions SET authenticated_at = authenticated_at - 1000000')
}

async function createLink({ page, open }: Visit, code: string): Promise<void> {
  await open('/create')
  await page.getByLabel('Destination URL').fill('https://example.com/to-be-left')
  await page.getByLabel('Short code').fill(code)
  await page.getByRole('button', { name: 'Create link' }).click()
  await page.getByText('Link created.').waitFor()
}

async function download({ page }: Visit, button: string): Promise<readonly [string, string]> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ])
  return [file.suggestedFilename(), await text(await file.createReadStream())]
}

it('exporting data and deleting the account works without script on the smallest phone', async () => {
  const viewport = { width: 320, height: 640 }
  await using cat = await visit(browser, program, { viewport, javaScriptEnabled: false })
  await using tab = await visit(browser, program)
  const account = { email: 'cat@users.test', password: 'a heron crosses the canal' }
  await signUpAs(cat, account)
  await signInAs(tab, account)
  await createLink(cat, 'left-behind')
  const { page } = cat
  await expireAuthentication()

  await cat.open('/settings')
  await page.getByRole('link', { name: 'Your data', exact: true }).click()
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Confirm' }).click()
  await page.waitForURL('/settings/export')
  expect(await overflowsHorizontally(page)).toBe(false)
  const [name, text] = await download(cat, 'Download all data (JSON)')
  expect(name).toMatch(/^mjrwtf-everything-\d{4}-\d\d-\d\d\.json$/)
  expect(JSON.parse(text)).toMatchObject({
    account: { email: account.email },
    links: [{ short_code: 'left-behind', original_url: 'https://example.com/to-be-left' }],
  })
  const [table, lines] = await download(cat, 'Download links (CSV)')
  expect([table.endsWith('.csv'), lines.split('\r\n').length]).toEqual([true, 3])
  // The page stays open, ready for another download.
  expect(new URL(page.url()).pathname).toBe('/settings/export')

  await cat.open('/settings')
  await page.getByRole('link', { name: 'Delete account', exact: true }).click()
  await page.waitForURL('/settings/delete')
  expect(await overflowsHorizontally(page)).toBe(false)
  await page.getByText('Your link. Visitors will see').waitFor()
  await page.getByLabel('To confirm, enter your email').fill('other@users.test')
  await page.getByRole('button', { name: 'Permanently delete my account' }).click()
  await page.getByText('The email does not match. Your account was not deleted.').waitFor()
  await page.getByLabel('To confirm, enter your email').fill(account.email)
  await page.getByRole('button', { name: 'Permanently delete my account' }).click()
  await page.waitForURL('/')
  await page.getByText('Your account was deleted.').waitFor()
  expect((await page.context().cookies()).filter(({ name }) => name.startsWith('session'))).toEqual(
    [],
  )

  const reported = tab.page.getByRole('alert')
  await reported.waitFor()
  expect(await reported.innerText()).toContain('Your account was deleted.')
  const deleted = await page.goto('/left-behind')
  expect(deleted?.status()).toBe(410)
})

it('the operator can sign out a user with the keyboard only', async () => {
  await using dan = await visit(browser, program)
  const account = { email: 'dan@users.test', password: 'a heron crosses the canal' }
  await signUpAs(dan, account)
  await using ann = await visit(browser, program)
  const { page } = ann
  await signInAs(ann, operator)
  await ann.open('/settings/users')
  await page.getByRole('link', { name: account.email }).first().focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Sign out everywhere' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText(`${account.email} is signed out everywhere. 1 session ended.`).waitFor()
  const reported = dan.page.getByRole('alert')
  await reported.waitFor()
  expect(await reported.innerText()).toContain('An administrator signed you out.')
  await dan.open('/dashboard')
  await dan.page.getByText('An administrator signed you out.').waitFor()
  expect([ann.errors, dan.errors]).toEqual([[], []])
})
