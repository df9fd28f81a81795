import type { Browser, BrowserContextOptions } from 'playwright-core'
import { signInAs, type Visit, visit } from '../../apps/mjrwtf/test/browser/support/visit.ts'
import type { Program } from '../../apps/mjrwtf/test/process/support/program.ts'

const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

interface Settings {
  readonly browser: Browser
  readonly program: Program
  /** Of somebody signed in. */
  readonly session: Visit
  readonly look: BrowserContextOptions
  readonly who: { readonly email: string; readonly password: string }
  readonly take: (what: string, fullPage?: boolean) => Promise<unknown>
}

/** What somebody sees of their own account, and what they are told when another device has signed them out. */
export async function photographSettings(settings: Settings): Promise<void> {
  const { browser, program, session, look, who, take } = settings
  const { open } = session
  await using other = await visit(browser, program, { ...look, userAgent: iphone })
  await signInAs(other, who)
  await open('/settings/sessions')
  await take('sessions', true)
  await open('/settings/security-log')
  await take('security-log')
  await open('/settings/password')
  await take('password')
  await open('/reauthenticate?next=%2Fsettings%2Fsessions')
  await take('reauthenticate')
  await photographSignedOut(settings, other)
}

/** Signed out by the other device in the middle of a form, and back at it. */
async function photographSignedOut(settings: Settings, other: Visit): Promise<void> {
  const { session, who, take } = settings
  const { page, open } = session
  await open('/create')
  await page.getByLabel('Long URL').fill('https://example.com/spring/menu?table=12')
  await page.getByLabel('Short code').fill('menu-12')
  await other.open('/settings/sessions')
  await other.page.getByRole('button', { name: /^End the/ }).click()
  await other.page.getByText(/other sessions? ha(s|ve) ended/).waitFor()
  await page.getByRole('button', { name: 'Shorten' }).click()
  await page.getByText('This session was ended from another device.').waitFor()
  await take('signed-out')
  await page.getByLabel('Email').fill(who.email)
  await page.getByLabel('Password').fill(who.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('We kept what you had typed.').waitFor()
  // A second time, without the welcome.
  await page.reload()
  await take('kept')
}
