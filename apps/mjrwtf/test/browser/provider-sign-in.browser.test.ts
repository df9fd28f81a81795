import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../../../tools/testing/free-port.ts'
import { operator } from '../process/support/accounts.ts'
import { type OidcProvider, startOidcProvider } from '../support/oidc-provider.ts'
import { expectAccessible } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signUpAs } from './support/visit.ts'

let provider: OidcProvider
let port: number

beforeAll(async () => {
  port = await freePort()
  provider = await startOidcProvider({ baseUrl: `http://localhost:${port}` })
})
afterAll(() => provider[Symbol.asyncDispose]())

const fixture = useBrowserFixture({
  SIGNUP: 'open',
  OIDC_CLIENT_ID: 'mjrwtf',
  OIDC_NAME: 'Example ID',
  /** Known when the program starts. */
  get PORT() {
    return String(port)
  },
  get OIDC_ISSUER() {
    return provider.issuer
  },
  get OIDC_CLIENT_SECRET() {
    return provider.clientSecret
  },
})

async function signIn(page: Page): Promise<void> {
  await page.goto('/login')
  await page.getByRole('link', { name: 'Example ID' }).click()
}

/** Creates an account for the provider's user and leaves the browser without a session. */
async function signUp(page: Page, sub: string): Promise<void> {
  provider.signInAs({ sub, email: `${sub}@users.test` })
  await signIn(page)
  await page.getByRole('heading', { name: 'Create your account' }).waitFor()
  await expectAccessible(page, 'new account of a provider')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL('/dashboard')
  await page.context().clearCookies()
}

it('a user of a provider signs up, and later signs in with one click', async () => {
  await using visit = await fixture.visit({ viewport: { width: 390, height: 844 } })
  const { page } = visit
  await signUp(page, 'one')
  await signIn(page)
  await page.waitForURL('/dashboard')
  await visit.open('/reauthenticate?next=/settings/tokens')
  await page.getByRole('link', { name: 'Confirm with Example ID' }).waitFor()
  await expectAccessible(page, 'confirmation with a provider only')
  await visit.open('/settings/password')
  await page.getByRole('button', { name: 'Set password' }).waitFor()
  await expectAccessible(page, 'first password')
  await page.getByRole('button', { name: 'Sign out' }).first().click()
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  await expectAccessible(page, 'sign-out at a provider')
  expect(visit.errors).toEqual([])
})

it('a link on another site leads to a page that asks before it signs in (V7.6.2)', async () => {
  await using visit = await fixture.visit()
  const { page } = visit
  await signUp(page, 'two')
  const start = `${fixture.program.baseUrl}/login/oidc?next=%2Fcreate`
  await page.goto(`data:text/html,<a href="${start}">A prize</a>`)
  await page.getByText('A prize').click()
  await page.getByRole('heading', { name: 'Continue with Example ID?' }).waitFor()
  await expectAccessible(page, 'question before a visit to a provider')
  await page.getByRole('link', { name: 'Continue with Example ID' }).click()
  await page.waitForURL('/create')
})

it('a sign-in that is canceled at the provider says so', async () => {
  await using visit = await fixture.visit()
  provider.cancel()
  await signIn(visit.page)
  await visit.page.getByText('You canceled at Example ID.').waitFor()
  expect(new URL(visit.page.url()).pathname).toBe('/login')
})

it('a callback that is opened again from the history says what to do', async () => {
  await using visit = await fixture.visit()
  await visit.open('/login/oidc/callback?state=a&code=b')
  await visit.page.getByRole('heading', { name: 'Sign-in not completed' }).waitFor()
  await expectAccessible(visit.page, 'rejected callback')
  await visit.page.getByRole('link', { name: 'Back to sign-in' }).click()
  await visit.page.waitForURL('/login')
})

it('an account of a provider with the same email is connected after a sign-in, and disconnected', async () => {
  await using visit = await fixture.visit()
  const { page, open } = visit
  const email = 'connected@users.test'
  await signUpAs(visit, { email, password: operator.password })
  await page.context().clearCookies()
  provider.signInAs({ sub: 'connected', email })
  await open('/login')
  await page.getByRole('link', { name: 'Example ID' }).click()
  await page.getByRole('heading', { name: 'You already have an account' }).waitFor()
  await expectAccessible(page, 'identity with the email of an account')
  await page.getByRole('link', { name: 'Sign in to connect Example ID' }).click()
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(operator.password)
  await page.keyboard.press('Enter')

  await page.getByRole('heading', { name: 'Connect Example ID?' }).waitFor()
  await expectAccessible(page, 'confirmation of a connected account')
  await page.getByRole('button', { name: 'Connect' }).click()
  await page.getByText('Example ID connected.').waitFor()
  await expectAccessible(page, 'connected accounts')
  await page.getByRole('link', { name: 'Disconnect' }).click()
  await page.getByRole('heading', { name: 'Disconnect Example ID' }).waitFor()
  await expectAccessible(page, 'disconnect an account')
  await page.getByRole('button', { name: 'Disconnect' }).click()
  await page.getByText('Example ID disconnected.').waitFor()
  expect(visit.errors).toEqual([])
})
