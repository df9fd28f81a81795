import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Program } from '../../process/support/program.ts'

/** A phone of the smallest usual size, and a desktop. */
export const phone = { width: 360, height: 740 } as const
export const desktop = { width: 1440, height: 900 } as const

/** One person with a browser of their own, at one page. */
export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** What the browser had to object to: errors of scripts, things that the CSP blocked, failed loads. */
  readonly errors: readonly string[]
  /** Opens a path of ours. */
  open(path: string): Promise<void>
}

/** What a person's browser says of itself. Without a window it would say so, and be taken for a bot. */
const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36'

/** Opens a browser of its own for one visit: nothing is shared with another but the machine. */
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
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    // Chromium says so of every page that answers 4xx, which is no surprise to the test.
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

/** Signs in through the form, as a person does. */
export async function signInAs(
  { page, open }: Visit,
  account: { readonly email: string; readonly password: string },
): Promise<void> {
  await open('/login')
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('/dashboard')
}

/** Makes an account through the form, where anybody may. */
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
