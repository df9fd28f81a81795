import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { operator } from '../process/support/accounts.ts'
import { expectAccessible, overflowsHorizontally } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { scanQrCode } from './support/phone-app.ts'
import { signInAs, signUpAs } from './support/visit.ts'

const fixture = useBrowserFixture({ SIGNUP: 'open' })
const path = '/settings/authenticators'

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

it('a phone enrolls by scanning the QR code, and the app is renamed and removed', async () => {
  await using ann = await fixture.visit({ viewport: { width: 390, height: 844 } })
  const { page } = ann
  await signInAs(ann, operator)
  await ann.open(path)
  await expectAccessible(page, 'authenticator apps, none')
  await press(page, 'Add authenticator app')
  const phone = await scanQrCode(page)
  expect(phone).toMatchObject({ issuer: 'localhost', label: operator.email, digits: 6, period: 30 })
  const key = page.locator('code.key')
  expect((await key.innerText()).replaceAll(' ', '')).toBe(phone.secret.base32)
  await page.getByLabel('Six-digit code').fill('000 000')
  await press(page, 'Add authenticator app')
  await page.locator('#code-problem').waitFor()
  await expectAccessible(page, 'enrollment with a wrong code')
  expect((await scanQrCode(page)).secret.base32).toBe(phone.secret.base32)

  await page.getByLabel('Six-digit code').fill(phone.generate().replace(/(...)/, '$1 '))
  await press(page, 'Add authenticator app')
  await page.getByText('Authenticator app added.').waitFor()
  expect(new URL(page.url()).pathname).toBe(path)
  await expectAccessible(page, 'authenticator apps, one')

  await page.getByRole('link', { name: 'Rename Authenticator app' }).click()
  await page.getByLabel('Name').fill('Old phone')
  await press(page, 'Save')
  await page.getByRole('heading', { name: 'Old phone' }).waitFor()
  await page.getByRole('link', { name: 'Remove Old phone' }).click()
  await page.getByText('Remove Old phone?').waitFor()
  await expectAccessible(page, 'authenticator app, confirming its removal')
  await press(page, 'Remove')
  await page.getByText('Authenticator app removed.').waitFor()
  await page.getByText('You have no authenticator app yet').waitFor()
  expect(ann.errors).toEqual([])
})

it('a reload and the way back after enrolling show no key', async () => {
  await using ann = await fixture.visit()
  const { page } = ann
  await signInAs(ann, operator)
  await ann.open(path)
  await press(page, 'Add authenticator app')
  await page.locator('code.key').waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Authenticator apps' }).waitFor()
  expect(await page.locator('code.key').count()).toBe(0)

  await press(page, 'Add authenticator app')
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByRole('heading', { name: 'Authenticator apps' }).waitFor()
  await page.goBack()
  expect(await page.locator('code.key').count()).toBe(0)
  expect(ann.errors).toEqual([])
})

it('enrolling works with the keyboard and without script on the smallest phone', async () => {
  const viewport = { width: 320, height: 640 }
  await using bob = await fixture.visit({ viewport, javaScriptEnabled: false })
  const { page } = bob
  await signUpAs(bob, { email: 'bob@users.test', password: operator.password })
  await bob.open(path)
  expect(await overflowsHorizontally(page)).toBe(false)
  await page.getByRole('button', { name: 'Add authenticator app' }).focus()
  await page.keyboard.press('Enter')
  const phone = await scanQrCode(page)
  expect(await overflowsHorizontally(page)).toBe(false)
  await page.getByRole('link', { name: 'Open it here' }).focus()
  // The keyboard goes from the link to the code, to the name, to the button. Copying needs the script.
  await page.keyboard.press('Tab')
  await page.keyboard.type(phone.generate())
  await page.keyboard.press('Tab')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('Tablet')
  await page.keyboard.press('Enter')
  await page.getByText('Authenticator app added.').waitFor()
  expect(await overflowsHorizontally(page)).toBe(false)
  await page.getByRole('heading', { name: 'Tablet' }).waitFor()
  expect(bob.errors).toEqual([])
})
