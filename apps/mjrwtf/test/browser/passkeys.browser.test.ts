import { expect, it } from 'vitest'
import { expectAccessible } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import {
  addVirtualAuthenticator,
  type VirtualAuthenticator,
} from './support/virtual-authenticator.ts'
import { signUpAs, type Visit } from './support/visit.ts'

const fixture = useBrowserFixture({ SIGNUP: 'open' })
const password = 'lantern gravel oboe sixty'

async function createPasskey({ page, open }: Visit, name: string): Promise<void> {
  await open('/settings/passkeys')
  await page.getByRole('link', { name: 'Add a passkey' }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Create passkey' }).click()
}

/** A visitor who signed up, added a passkey, and signed out. The authenticator waits. */
async function aVisitorWithPasskey(visitor: Visit, email: string): Promise<VirtualAuthenticator> {
  const { page } = visitor
  const authenticator = await addVirtualAuthenticator(page)
  await signUpAs(visitor, { email, password })
  await createPasskey(visitor, 'Laptop')
  await page.getByText('Passkey \u201cLaptop\u201d added.').waitFor()
  await authenticator.setPresent(false)
  await page.getByRole('button', { name: 'Sign out' }).first().click()
  await page.waitForURL('/')
  return authenticator
}

it('a passkey is created and signs in by button, without an email or password', async () => {
  await using bea = await fixture.visit()
  const { page } = bea
  const authenticator = await aVisitorWithPasskey(bea, 'bea@users.test')
  // Otherwise the authenticator could accept the offer in the email field before the click.
  await page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false
  })
  await bea.open('/login?next=/create')
  await page.getByLabel('Stay signed in on this device').check()
  await authenticator.setPresent(true)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL('/create')
  await bea.open('/settings/sessions')
  await page.getByText('Remembered').waitFor()

  await createPasskey(bea, 'Again')
  await page.getByText('already has a passkey for your account.').waitFor()
  expect(await authenticator.count()).toBe(1)
  expect(bea.errors).toEqual([])
})

it('a passkey that the browser offers in the email field signs in', async () => {
  await using cid = await fixture.visit()
  const authenticator = await aVisitorWithPasskey(cid, 'cid@users.test')
  // Accepts the offer of the field as soon as the page makes it.
  await authenticator.setPresent(true)
  await cid.open('/login')
  await cid.page.waitForURL('/dashboard')
  await cid.page.getByText('Welcome back, cid@users.test.').waitFor()
  expect(cid.errors).toEqual([])
})

it('a passkey is the second factor after the password, and steps a session up', async () => {
  await using gus = await fixture.visit()
  const { page } = gus
  const authenticator = await aVisitorWithPasskey(gus, 'gus@users.test')
  await gus.open('/login')
  await page.getByLabel('Email').fill('gus@users.test')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL('/login/second-factor')
  await authenticator.setPresent(true)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.waitForURL('/dashboard')

  await gus.open('/reauthenticate?next=/create')
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.waitForURL('/create')
  expect(gus.errors).toEqual([])
})

it('a passkey without user verification asks for the password too (63B 3.1.7.2)', async () => {
  await using dan = await fixture.visit()
  const { page } = dan
  const authenticator = await aVisitorWithPasskey(dan, 'dan@users.test')
  await authenticator.skipUserVerification()
  // Accepts the offer of the email field as soon as the page makes it.
  await authenticator.setPresent(true)
  await dan.open('/login')
  await page.waitForURL('/login/second-factor')
  await page.getByText('Enter your password to continue.').waitFor()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL('/dashboard')
  expect(dan.errors).toEqual([])
})

it('the pages of passkeys are accessible, and usable by keyboard on a phone', async () => {
  await using eve = await fixture.visit()
  const { page } = eve
  const authenticator = await addVirtualAuthenticator(page)
  await signUpAs(eve, { email: 'eve@users.test', password })
  await eve.open('/settings/passkeys/add')
  await expectAccessible(page, '/settings/passkeys/add')
  await page.setViewportSize({ width: 390, height: 800 })
  await page.getByLabel('Name').focus()
  await page.keyboard.type('By keyboard')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL('/settings/passkeys')
  await fixture.storage.query('UPDATE passkeys SET suspended_at = created_at')
  await page.reload()
  await page.getByText('Someone may have copied this passkey.').waitFor()
  await expectAccessible(page, '/settings/passkeys')
  await authenticator.remove()
})

it('without JavaScript no button offers a passkey, and the settings offer other methods', async () => {
  await using fay = await fixture.visit({ javaScriptEnabled: false })
  const { page } = fay
  await fay.open('/login')
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  expect(await page.getByRole('button', { name: 'passkey' }).count()).toBe(0)
  await signUpAs(fay, { email: 'fay@users.test', password })
  for (const path of ['/settings/passkeys', '/settings/passkeys/add']) {
    await fay.open(path)
    const explanation = page.locator('noscript .alert')
    await explanation.waitFor()
    expect(await explanation.innerText()).toContain('Passkeys need JavaScript')
    await page.locator('noscript a[href="/settings/authenticators"]').waitFor()
    expect(await page.getByRole('button', { name: 'Create passkey' }).count()).toBe(0)
  }
})
