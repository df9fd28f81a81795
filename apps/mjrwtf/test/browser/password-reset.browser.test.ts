import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectToBrowser } from '../../../../tools/testing/browser/browser-server.ts'
import { environmentFor, operator, setUp } from '../process/support/accounts.ts'
import { type Program, startProgram } from '../process/support/program.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { openStorage, type Storage } from '../support/storage.ts'
import { expectAccessible } from './support/accessibility.ts'
import { signInAs, type Visit, visit } from './support/visit.ts'

let browser: Browser
let storage: Storage
let mailbox: MailServer
let program: Program

beforeAll(async () => {
  browser = await connectToBrowser()
  storage = await openStorage('sqlite')
  mailbox = await startMailServer()
  program = await startProgram({
    env: environmentFor(storage, { SMTP_URL: mailbox.url, MAIL_FROM: 'mjr.wtf <mail@mjr.test>' }),
  })
  await setUp(program)
})

afterAll(async () => {
  await browser.close()
  await program[Symbol.asyncDispose]()
  await mailbox[Symbol.asyncDispose]()
  await storage[Symbol.asyncDispose]()
})

const newPassword = 'lantern gravel oboe sixty'
const newEmail = 'somewhere.else@users.test'

/** The token link in the newest email to a recipient whose subject matches. Waits for it. */
async function linkIn(to: string, subject: RegExp): Promise<string> {
  const find = () =>
    mailbox
      .received()
      .findLast((mail) => mail.recipients.includes(to) && subject.test(mail.subject))
      ?.links.find((link) => link.includes('token='))
  await expect.poll(find).toBeDefined()
  return find() ?? ''
}

async function press({ page }: Visit, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
}

it('a password reset by email works without script', async () => {
  await using ann = await visit(browser, program, { javaScriptEnabled: false })
  await ann.open('/login')
  await ann.page.getByRole('link', { name: 'Forgot your password?' }).click()
  await ann.page.getByLabel('Email').fill(operator.email)
  await press(ann, 'Send reset link')
  await ann.page.getByText(`If ${operator.email} has an account`).waitFor()

  await ann.page.goto(await linkIn(operator.email, /^Reset your /))
  expect(ann.page.url()).toBe(`${program.baseUrl}/reset`)
  await ann.page.getByLabel('New password').fill('short')
  await press(ann, 'Set password')
  await ann.page.getByText('Use at least 15 characters.').waitFor()
  await ann.page.getByLabel('New password').fill(newPassword)
  await press(ann, 'Set password')
  await ann.page.getByText('Password changed.').waitFor()
  expect(new URL(ann.page.url()).pathname).toBe('/login')

  await signInAs(ann, { ...operator, password: newPassword })
  expect(ann.errors).toEqual([])
})

it('an email change works without script, and then its cancel link is invalid', async () => {
  await using ann = await visit(browser, program, { javaScriptEnabled: false })
  await signInAs(ann, { ...operator, password: newPassword })
  await ann.open('/settings/account')
  await ann.page.getByRole('link', { name: 'Change email' }).click()
  await ann.page.getByLabel('New email').fill(newEmail)
  await press(ann, 'Send confirmation link')
  await ann.page.getByText(`${newEmail}. Your email changes once`).waitFor()

  await ann.page.goto(await linkIn(newEmail, /^Confirm your new email address/))
  await press(ann, 'Use this email')
  await ann.page.getByText(`Your email is now ${newEmail}.`).waitFor()
  expect(new URL(ann.page.url()).pathname).toBe('/settings/sessions')

  await ann.page.goto(await linkIn(operator.email, /^Confirm or cancel: email change/))
  await ann.page.getByText('This link no longer works').waitFor()
  await using again = await visit(browser, program)
  await signInAs(again, { email: newEmail, password: newPassword })
})

it('pages of the password reset have no violations', async () => {
  await using bob = await visit(browser, program)
  await bob.open('/forgot')
  await expectAccessible(bob.page, 'forgot')
  await bob.page.getByLabel('Email').fill('not an email')
  await bob.page.evaluate('document.querySelector("form.card").noValidate = true')
  await press(bob, 'Send reset link')
  await bob.page.locator('[aria-invalid]').waitFor()
  await expectAccessible(bob.page, 'forgot with a problem')
  await bob.page.getByLabel('Email').fill(newEmail)
  await press(bob, 'Send reset link')
  await bob.page.getByText(/^If .* has an account, we have sent/).waitFor()
  await expectAccessible(bob.page, 'forgot, sent')

  await bob.page.goto(await linkIn(newEmail, /^Reset your /))
  await bob.page.getByLabel('New password').waitFor()
  await expectAccessible(bob.page, 'reset')
  await bob.page.getByLabel('New password').fill('short')
  await press(bob, 'Set password')
  await bob.page.locator('[aria-invalid]').waitFor()
  await expectAccessible(bob.page, 'reset with a problem')
  await bob.open('/verify')
  await expectAccessible(bob.page, 'a link that no longer works')
  expect(bob.errors).toEqual([])
})

it('pages of the email settings have no violations', async () => {
  await using ann = await visit(browser, program)
  await signInAs(ann, { email: newEmail, password: newPassword })
  await ann.open('/settings/account')
  await expectAccessible(ann.page, 'account')
  await storage.query('UPDATE users SET email_verified_at = NULL')
  await ann.open('/settings/account')
  await expectAccessible(ann.page, 'account, not confirmed')
  await press(ann, 'Resend email')
  await ann.page.getByText(/^We sent a confirmation link/).waitFor()
  await ann.page.goto(await linkIn(newEmail, /^Confirm your email address/))
  await ann.page.getByRole('button', { name: 'Confirm email' }).waitFor()
  await expectAccessible(ann.page, 'verify')

  await ann.open('/settings/email')
  await expectAccessible(ann.page, 'email')
  await ann.page.getByLabel('New email').fill(newEmail.toUpperCase())
  await press(ann, 'Send confirmation link')
  await ann.page.locator('[aria-invalid]').waitFor()
  await expectAccessible(ann.page, 'email with a problem')
  await storage.query('DELETE FROM rate_limits')
  const long = `${'a-long-name.'.repeat(5)}@${'a-long-host.'.repeat(10)}users.test`
  await ann.page.getByLabel('New email').fill(long)
  await press(ann, 'Send confirmation link')
  await ann.page.getByText('Your email changes once').waitFor()
  await expectAccessible(ann.page, 'account with a pending change')
  await ann.page.goto(await linkIn(newEmail, /^Confirm or cancel: email change/))
  await ann.page.locator('form.card button').waitFor()
  await expectAccessible(ann.page, 'verify, canceling')
  expect(ann.errors).toEqual([])
})
