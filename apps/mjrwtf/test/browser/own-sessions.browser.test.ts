import { expect, it } from 'vitest'
import { operator } from '../process/support/accounts.ts'
import { expectAccessible, overflowsHorizontally } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signInAs } from './support/visit.ts'

const fixture = useBrowserFixture()

const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

/** Makes all authentications older than the step-up limit. */
async function expireAuthentication(): Promise<void> {
  await fixture.storage.query('UPDATE sessions SET authenticated_at = authenticated_at - 1000000')
}

it('an open page reports that another browser ended its session, and keeps the input', async () => {
  await using ann = await fixture.visit()
  await using phone = await fixture.visit({ userAgent: iphone })
  await signInAs(ann, operator)
  await signInAs(phone, operator)
  await phone.open('/create')
  await phone.page.getByLabel('Destination URL').fill('https://example.com/half-typed')
  const reported = phone.page.getByRole('alert')
  expect(await reported.isVisible()).toBe(false)

  await ann.page.getByRole('link', { name: 'Settings' }).click()
  await ann.page.getByRole('link', { name: 'Sessions', exact: true }).click()
  await ann.page.waitForURL('/settings/sessions')
  await ann.page.getByRole('button', { name: /^Sign out \(Safari on iPhone/ }).click()
  await ann.page.getByText('Device signed out.').waitFor()

  await reported.waitFor()
  expect(await reported.innerText()).toContain('You were signed out from another device.')
  expect(await phone.page.getByLabel('Destination URL').inputValue()).toBe(
    'https://example.com/half-typed',
  )
  const link = reported.getByRole('link', { name: 'Sign in again' })
  expect(await link.getAttribute('href')).toBe('/login?next=%2Fcreate')
  await expectAccessible(phone.page, 'a page whose session has ended')

  await signInAs(phone, operator)
  await phone.open('/settings/sessions')
  await phone.page.getByRole('button', { name: /^Sign out \d+ other devices?$/ }).click()
  await phone.page.getByText(/^Signed out of \d+ other devices?\.$/).waitFor()
  await ann.page.getByRole('alert').waitFor()
  await ann.page.getByRole('link', { name: 'Links', exact: true }).click()
  await ann.page.waitForURL(/\/login\?error=session_expired/)
  await ann.page.getByText('You were signed out from another device.').waitFor()
  expect([ann.errors, phone.errors]).toEqual([[], []])
})

it('ending sessions requires the password and works without script on the smallest phone', async () => {
  const viewport = { width: 320, height: 640 }
  await using ann = await fixture.visit({ viewport, javaScriptEnabled: false })
  await using other = await fixture.visit()
  await signInAs(other, operator)
  await signInAs(ann, operator)
  const { page } = ann
  await ann.open('/settings/sessions')
  expect(await overflowsHorizontally(page)).toBe(false)
  await expireAuthentication()

  await page.getByRole('button', { name: /^Sign out \d+ other/ }).click()
  await page.waitForURL(/^[^?]*\/reauthenticate\?next=%2Fsettings%2Fsessions/)
  expect(await overflowsHorizontally(page)).toBe(false)
  await page.getByLabel('Password', { exact: true }).fill('not my password')
  await page.getByRole('button', { name: 'Confirm' }).click()
  await page.getByText('Wrong password.').waitFor()
  await page.getByLabel('Password', { exact: true }).fill(operator.password)
  await page.getByRole('button', { name: 'Confirm' }).click()
  // The page says what will happen, with one button.
  await page
    .getByRole('button', { name: /^Sign out/ })
    .last()
    .click()
  await page.getByText(/^Signed out of \d+ other devices?\.$/).waitFor()
  await page.getByText('You are not signed in anywhere else.').waitFor()

  await page.getByRole('button', { name: 'Sign out everywhere, including here' }).click()
  await page.waitForURL('/')
  await ann.open('/dashboard')
  await page.waitForURL(/\/login/)
})

it('signing out shows no session-end message', async () => {
  await using ann = await fixture.visit()
  await signInAs(ann, operator)
  await ann.page.evaluate(() => {
    const shown = new MutationObserver(() => sessionStorage.setItem('shown', 'yes'))
    for (const notification of document.querySelectorAll('[data-session-events]')) {
      shown.observe(notification, { attributes: true })
    }
  })
  await ann.page.getByRole('button', { name: 'Sign out' }).click()
  await ann.page.waitForURL('/')
  expect(await ann.page.evaluate(() => sessionStorage.getItem('shown'))).toBeNull()
})
