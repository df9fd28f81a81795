import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../../../tools/testing/free-port.ts'
import { operator } from '../process/support/accounts.ts'
import { type OidcProvider, startOidcProvider } from '../support/oidc-provider.ts'
import { expectAccessible } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signUpAs, type Visit } from './support/visit.ts'

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

const shots = process.env.SHOTS

async function shoot({ page }: Visit, name: string): Promise<void> {
  if (shots === undefined) return
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 })
      await page.screenshot({
        path: `${shots}/${name}-${width}-${colorScheme}.png`,
        fullPage: true,
      })
    }
  }
}

it('an account of a provider with the same email is connected after a sign-in, and disconnected', async () => {
  await using visit = await fixture.visit()
  const { page, open } = visit
  const email = 'connected@users.test'
  await signUpAs(visit, { email, password: operator.password })
  await page.context().clearCookies()
  provider.signInAs({ sub: 'connected', email })
  await open('/login')
  await shoot(visit, 'login')
  await page.getByRole('link', { name: 'Example ID' }).click()
  await page.getByRole('heading', { name: 'You already have an account' }).waitFor()
  await expectAccessible(page, 'identity with the email of an account')
  await shoot(visit, 'has-account')
  await page.getByRole('link', { name: 'Sign in to connect Example ID' }).click()
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(operator.password)
  await page.keyboard.press('Enter')

  await page.getByRole('heading', { name: 'Connect Example ID?' }).waitFor()
  await expectAccessible(page, 'confirmation of a connected account')
  await shoot(visit, 'confirm')
  await page.getByRole('button', { name: 'Connect' }).click()
  await page.getByText('Example ID connected.').waitFor()
  await expectAccessible(page, 'connected accounts')
  await shoot(visit, 'connected')
  await page.getByRole('link', { name: 'Disconnect' }).click()
  await page.getByRole('heading', { name: 'Disconnect Example ID' }).waitFor()
  await expectAccessible(page, 'disconnect an account')
  await shoot(visit, 'disconnect')
  await page.getByRole('button', { name: 'Disconnect' }).click()
  await page.getByText('Example ID disconnected.').waitFor()
  await shoot(visit, 'none-connected')
  expect(visit.errors).toEqual([])
})
