import { expect, it } from 'vitest'
import { operator } from '../process/support/accounts.ts'
import { codeOtherThan } from '../support/wrong-code.ts'
import { expectAccessible, overflowsHorizontally } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { scanQrCode } from './support/phone-app.ts'
import { signUpAs, type Visit } from './support/visit.ts'

const fixture = useBrowserFixture({ SIGNUP: 'open' })
/** Signs up, adds an authenticator app and signs out. */
async function enroll(visit: Visit, email: string) {
  const { page, open } = visit
  await signUpAs(visit, { email, password: operator.password })
  await open('/settings/authenticators')
  await page.getByRole('button', { name: 'Add authenticator app' }).click()
  const phone = await scanQrCode(page)
  // The previous code, so that the current one can be used to sign in.
  await page.getByLabel('Six-digit code').fill(phone.generate({ timestamp: Date.now() - 30_000 }))
  await page.getByRole('button', { name: 'Add authenticator app' }).click()
  await page.getByText('Authenticator app added.').waitFor()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  return phone
}

function wrongCode(phone: Awaited<ReturnType<typeof enroll>>): string {
  const codes = [-30_000, 0, 30_000].map((after) =>
    phone.generate({ timestamp: Date.now() + after }),
  )
  return codeOtherThan(...codes)
}

async function sendPassword({ page, open }: Visit, email: string): Promise<void> {
  await open('/login')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(operator.password)
  await page.keyboard.press('Enter')
}

it('the second step works with the keyboard on a phone, and trusts the browser', async () => {
  const viewport = { width: 390, height: 844 }
  await using ann = await fixture.visit({ viewport })
  const { page } = ann
  const email = 'eve@users.test'
  const phone = await enroll(ann, email)
  await sendPassword(ann, email)
  await page.getByRole('heading', { name: 'Second step' }).waitFor()
  await expectAccessible(page, 'second step')
  expect(await overflowsHorizontally(page)).toBe(false)
  // The field has the focus.
  await page.keyboard.type(wrongCode(phone))
  await page.keyboard.press('Enter')
  await page.getByText('That did not work.').waitFor()
  await expectAccessible(page, 'second step with an error')

  await page.keyboard.type(phone.generate())
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await page.waitForURL('/dashboard')
  await ann.open('/settings/sessions')
  await page.getByRole('heading', { name: 'Trusted browsers' }).waitFor()
  await expectAccessible(page, 'sessions with a trusted browser')
  await page.getByRole('button', { name: 'Sign out (this device)' }).click()
  await sendPassword(ann, email)
  await page.waitForURL('/dashboard')

  await ann.open('/settings/password')
  await page.getByRole('heading', { name: "Confirm it's you" }).waitFor()
  await expectAccessible(page, 'step-up with a second factor')
  expect(await overflowsHorizontally(page)).toBe(false)
  expect(ann.errors).toEqual([])
})
