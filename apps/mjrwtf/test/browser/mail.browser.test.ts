import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectToBrowser } from '../../../../tools/testing/browser/browser-server.ts'
import { createEmailComposer } from '../../src/adapters/email/compose-email.ts'
import { environmentFor, operator, setUp } from '../process/support/accounts.ts'
import { type Program, startProgram } from '../process/support/program.ts'
import { sampleEmails } from '../support/sample-emails.ts'
import { openStorage, type Storage } from '../support/storage.ts'
import { expectAccessible } from './support/accessibility.ts'
import { signInAs, visit } from './support/visit.ts'

let browser: Browser
let storage: Storage
let program: Program

beforeAll(async () => {
  browser = await connectToBrowser()
  storage = await openStorage('sqlite')
  program = await startProgram({ env: environmentFor(storage) })
})

afterAll(async () => {
  await browser.close()
  await program[Symbol.asyncDispose]()
  await storage[Symbol.asyncDispose]()
})

it('emails of every kind have no violations, in light and dark, on desktop and phone', async () => {
  const compose = createEmailComposer({ baseUrl: 'https://links.example' })
  await using ann = await visit(browser, program, { javaScriptEnabled: true })
  const requests: string[] = []
  ann.page.on('request', (request) => requests.push(request.url()))
  for (const email of Object.values(sampleEmails)) {
    await ann.page.setContent(compose(email).html)
    await expectAccessible(ann.page, email.kind)
  }
  // No image, font or style sheet, so that opening the email cannot be tracked.
  expect(requests).toEqual([])
  expect(ann.errors).toEqual([])
})

it('the development mailbox works with the keyboard only, without script', async () => {
  await using ann = await visit(browser, program, { javaScriptEnabled: false })
  const { page } = ann
  await ann.open('/dev/mail')
  await page.getByText('No emails yet').waitFor()
  program.addSecret(operator.password, 'password')
  await setUp(program)
  await signInAs(ann, operator)
  await ann.open('/settings/password')
  program.addSecret('lantern gravel oboe sixty', 'password')
  await page.getByLabel('Current password').fill(operator.password)
  await page.getByLabel('New password').fill('lantern gravel oboe sixty')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('Password changed.').waitFor()

  await ann.open('/dev/mail')
  await page.getByRole('link', { name: /^Your localhost:\d+ password was changed$/ }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: /was changed$/ }).waitFor()
  await page.getByRole('link', { name: 'View as HTML' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Your password was changed', exact: true }).waitFor()
  const link = page.getByRole('link', { name: `${program.baseUrl}/settings/security-log` })
  expect(await link.evaluate((element) => getComputedStyle(element).wordBreak)).toBe('break-all')
  await link.focus()
  await page.keyboard.press('Enter')
  await page.waitForURL('/settings/security-log')
  expect(ann.errors).toEqual([])
})

it('the pages of the development mailbox have no violations', async () => {
  await using ann = await visit(browser, program)
  await ann.open('/dev/mail')
  await expectAccessible(ann.page, 'captured emails')
  await ann.page.getByRole('link', { name: /was changed$/ }).click()
  await ann.page.getByRole('link', { name: 'All emails' }).waitFor()
  await expectAccessible(ann.page, 'a captured email')
  expect(ann.errors).toEqual([])
})
