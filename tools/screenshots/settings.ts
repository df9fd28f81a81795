import type { Browser, BrowserContextOptions } from 'playwright-core'
import { signInAs, type Visit, visit } from '../../apps/mjrwtf/test/browser/support/visit.ts'
import type { Program } from '../../apps/mjrwtf/test/process/support/program.ts'

const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

interface ScreenshotContext {
  readonly browser: Browser
  readonly program: Program
  /** A signed-in user's browser. */
  readonly session: Visit
  readonly contextOptions: BrowserContextOptions
  readonly account: { readonly email: string; readonly password: string }
  readonly screenshot: (pageName: string, fullPage?: boolean) => Promise<unknown>
}

/** The account's settings, and the page after another device signed this one out. */
export async function screenshotSettings(context: ScreenshotContext): Promise<void> {
  const { browser, program, session, contextOptions, account, screenshot } = context
  const { open } = session
  await using other = await visit(browser, program, { ...contextOptions, userAgent: iphone })
  await signInAs(other, account)
  await open('/settings/sessions')
  await screenshot('sessions', true)
  await open('/settings/security-log')
  await screenshot('security-log')
  await open('/settings/password')
  await screenshot('password')
  await open('/reauthenticate?next=%2Fsettings%2Fsessions')
  await screenshot('reauthenticate')
  await screenshotSignedOut(context, other)
}

/** Another device signs this one out while a form is open; signing in restores the form. */
async function screenshotSignedOut(context: ScreenshotContext, other: Visit): Promise<void> {
  const { session, account, screenshot } = context
  const { page, open } = session
  await open('/create')
  await page.getByLabel('Destination URL').fill('https://example.com/spring/menu?table=12')
  await page.getByLabel('Short code').fill('menu-12')
  await other.open('/settings/sessions')
  await other.page.getByRole('button', { name: /^Sign out \d+ other/ }).click()
  await other.page.getByText(/^Signed out of \d+ other devices?\.$/).waitFor()
  await page.getByRole('button', { name: 'Create link' }).click()
  await page.getByText('You were signed out from another device.').waitFor()
  await screenshot('signed-out')
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('We restored what you typed.').waitFor()
  // The second load no longer shows the flash.
  await page.reload()
  await screenshot('draft-restored')
}
