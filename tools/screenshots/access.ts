import type { Browser, Page } from 'playwright-core'
import { signInAs, visit } from '../../apps/mjrwtf/test/browser/support/visit.ts'
import type { Program } from '../../apps/mjrwtf/test/process/support/program.ts'

interface AccessContext {
  readonly browser: Browser
  readonly program: Program
  /** An administrator without a second factor. */
  readonly account: { readonly email: string; readonly password: string }
  /** Takes a screenshot of the current page in every viewport. */
  readonly screenshotInViewports: (
    page: Page,
    pageName: string,
    fullPage?: boolean,
  ) => Promise<void>
}

/** The pages with which a user gives programs and apps access to the account. */
export async function screenshotAccess(context: AccessContext): Promise<void> {
  const { browser, program, account, screenshotInViewports } = context
  await using session = await visit(browser, program)
  const { page, open } = session
  await signInAs(session, account)
  await createToken(page, 'Backup script', ['See your links'])
  await createToken(page, 'Menu import', ['See your links', 'Create, edit and delete your links'])
  await open('/settings/tokens')
  await screenshotInViewports(page, 'tokens', true)
  await open(authorizationPath(await registerApp(page)))
  await screenshotInViewports(page, 'consent', true)
}

async function createToken(page: Page, name: string, scopes: readonly string[]): Promise<void> {
  await page.goto('/settings/tokens/new')
  await page.getByLabel('Name').fill(name)
  for (const scope of scopes) await page.getByLabel(scope).check()
  await page.getByRole('button', { name: 'Create token' }).click()
  await page.getByRole('heading', { name: 'Your new access token' }).waitFor()
}

const redirectUri = 'https://menu.example/callback'

/** Returns the client ID. */
async function registerApp(page: Page): Promise<string> {
  await page.goto('/settings/applications/register')
  await page.getByLabel('Name').fill('Menu printer')
  await page.getByLabel('Redirect URIs').fill(redirectUri)
  await page.getByLabel('See your links').check()
  await page.getByLabel('See the statistics of your links').check()
  await page.getByLabel('Website').fill('https://menu.example/')
  await page.getByRole('button', { name: 'Register' }).click()
  const text = await page.getByText('Menu printer registered. Its client ID:').innerText()
  return text.split(' ').at(-1) ?? ''
}

function authorizationPath(clientId: string): string {
  const parameters = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'links:read stats:read',
    state: 'example',
    // No code is exchanged.
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
  })
  return `/oauth/authorize?${parameters}`
}
