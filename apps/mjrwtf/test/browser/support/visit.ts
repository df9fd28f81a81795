import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Program } from '../../process/support/program.ts'

/** The smallest common phone, and a desktop. */
export const phone = { width: 360, height: 740 } as const
export const desktop = { width: 1440, height: 900 } as const

/** A browser profile with one page. */
export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** Errors of the page: script errors, CSP violations, failed loads. */
  readonly errors: readonly string[]
  /** Opens a path of the app. */
  open(path: string): Promise<void>
}

/** The user agent of a desktop browser. The headless one would be classified as a bot. */
const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36'

/** Opens a new browser profile, which shares nothing with others. */
export async function visit(
  browser: Browser,
  program: Pick<Program, 'baseUrl'>,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: program.baseUrl,
    viewport: desktop,
    reducedMotion: 'reduce',
    userAgent,
    ...options,
  })
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    // Chromium reports every 4xx page, which the tests expect.
    if (message.text().startsWith('Failed to load resource')) return
    if (['error', 'warning'].includes(message.type())) errors.push(message.text())
  })
  return {
    page,
    errors,
    open: async (path) => void (await page.goto(path)),
    [Symbol.asyncDispose]: () => context.close(),
  }
}

/** Signs in through the form. */
export async function signInAs(
  { page, open }: Visit,
  account: { readonly email: string; readonly password: string },
): Promise<void> {
  await open('/login')
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL('/dashboard')
}

/** Signs up through the form, if sign-up is open. */
export async function signUpAs(
  { page, open }: Visit,
  account: { readonly email: string; readonly password: string },
): Promise<void> {
  await open('/signup')
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.waitForURL('/dashboard')
}
