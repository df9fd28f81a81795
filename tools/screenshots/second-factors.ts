import { URI } from 'otpauth'
import type { Browser, Page } from 'playwright-core'
import { addVirtualAuthenticator } from '../../apps/mjrwtf/test/browser/support/virtual-authenticator.ts'
import { signInAs, visit } from '../../apps/mjrwtf/test/browser/support/visit.ts'
import type { Program } from '../../apps/mjrwtf/test/process/support/program.ts'

interface SecondFactorsContext {
  readonly browser: Browser
  readonly program: Program
  /** Has no second factor yet. */
  readonly account: { readonly email: string; readonly password: string }
  /** Takes a screenshot of the current page in every viewport. */
  readonly screenshotInViewports: (
    page: Page,
    pageName: string,
    fullPage?: boolean,
  ) => Promise<void>
}

/** The pages of an account with second factors. Adds them, so that later sign-ins have a second step. */
export async function screenshotSecondFactors(context: SecondFactorsContext): Promise<void> {
  const { browser, program, account, screenshotInViewports } = context
  await using session = await visit(browser, program)
  const { page, open } = session
  const authenticator = await addVirtualAuthenticator(page)
  await signInAs(session, account)
  await addPasskey(page, 'Work laptop')
  await addAuthenticatorApp(page)
  await open('/settings/recovery-codes')
  await page.getByRole('button', { name: 'Create recovery codes' }).click()
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
  await screenshotInViewports(page, 'recovery-codes', true)
  await page.getByRole('button', { name: 'I have saved them' }).click()
  await page.getByRole('heading', { name: 'codes left' }).waitFor()
  await open('/settings/passkeys')
  await screenshotInViewports(page, 'passkeys')
  await open('/settings/security')
  await screenshotInViewports(page, 'security', true)

  await authenticator.setPresent(false)
  await page.getByRole('button', { name: 'Sign out' }).first().click()
  await open('/login')
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Second step' }).waitFor()
  await open('/login/second-factor?method=authenticator')
  await screenshotInViewports(page, 'second-step')
}

async function addPasskey(page: Page, name: string): Promise<void> {
  await page.goto('/settings/passkeys/add')
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Create passkey' }).click()
  await page.getByText('added.').waitFor()
}

async function addAuthenticatorApp(page: Page): Promise<void> {
  await page.goto('/settings/authenticators')
  await page.getByRole('button', { name: 'Add authenticator app' }).click()
  const uri = await page.getByRole('link', { name: 'Open it here' }).getAttribute('href')
  const app = URI.parse(uri ?? '')
  if (!('period' in app)) throw new Error('The page shows no key of time-based codes.')
  await page.getByLabel('Six-digit code').fill(app.generate())
  await page.getByLabel('Name').fill('Phone')
  await page.getByRole('button', { name: 'Add authenticator app' }).click()
  await page.getByText('Authenticator app added.').waitFor()
}
