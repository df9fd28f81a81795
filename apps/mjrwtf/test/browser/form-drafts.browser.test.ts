import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { operator } from '../process/support/accounts.ts'
import { expectAccessible, overflowsHorizontally } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signInAs } from './support/visit.ts'

const fixture = useBrowserFixture()

const destination = 'https://example.com/a/long/address?typed=by-hand'

const valuesOf = async (page: Page) => [
  await page.getByLabel('Destination URL').inputValue(),
  await page.getByLabel('Short code').inputValue(),
]

it('a draft is restored without script after another device ended the session', async () => {
  const viewport = { width: 320, height: 640 }
  await using ann = await fixture.visit({ viewport, javaScriptEnabled: false })
  await using otherBrowser = await fixture.visit()
  const { page } = ann
  await signInAs(ann, operator)
  await signInAs(otherBrowser, operator)
  await ann.open('/create')
  await page.getByLabel('Destination URL').fill(destination)
  await page.getByLabel('Short code').fill('by-hand')
  await otherBrowser.open('/settings/sessions')
  await otherBrowser.page.getByRole('button', { name: /^Sign out \d+ other/ }).click()
  await otherBrowser.page.getByText(/^Signed out of \d+ other devices?\.$/).waitFor()

  await page.getByRole('button', { name: 'Create link' }).click()
  await page.waitForURL(/\/login\?error=session_expired/)
  await page.getByText('You were signed out from another device.').waitFor()
  await page.getByText('We saved what you typed for one hour').waitFor()
  expect(await overflowsHorizontally(page)).toBe(false)
  await page.getByLabel('Email').fill(operator.email)
  await page.getByLabel('Password', { exact: true }).fill('not my password')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('Wrong email or password').waitFor()
  await page.getByText('We saved what you typed for one hour').waitFor()
  await page.getByLabel('Password', { exact: true }).fill(operator.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()

  await page.waitForURL(/\/create\?draft=/)
  await page.getByText('We restored what you typed. It has not been submitted yet.').waitFor()
  expect(await valuesOf(page)).toEqual([destination, 'by-hand'])
  expect(await overflowsHorizontally(page)).toBe(false)
  await page.reload()
  expect(await valuesOf(page)).toEqual([destination, 'by-hand'])
  await page.getByRole('button', { name: 'Create link' }).click()
  await page.getByText('Link created.').waitFor()
  await page.goBack()
  await page.getByRole('button', { name: 'Create link' }).waitFor()
  await ann.open(new URL(page.url()).pathname + new URL(page.url()).search)
  expect(await valuesOf(page)).toEqual(['', ''])
})

it('a draft is restored with the keyboard only after the session reached its limit', async () => {
  await using ann = await fixture.visit()
  const { page } = ann
  const { keyboard } = page
  await signInAs(ann, operator)
  await ann.open('/create')
  await page.getByLabel('Destination URL').focus()
  await keyboard.type(destination)
  await keyboard.press('Tab')
  await keyboard.type('by-keys')
  await fixture.storage.query('UPDATE sessions SET expires_at = created_at + 1')
  // The page is notified of the end; the input stays.
  await page.getByRole('alert').waitFor()
  await keyboard.press('Enter')

  await page.waitForURL(/\/login\?error=session_expired/)
  await page
    .getByText('You were signed out for security because your session reached its time limit.')
    .waitFor()
  await expectAccessible(page, 'sign-in with a saved draft')
  await page.getByLabel('Email').focus()
  await keyboard.type(operator.email)
  await keyboard.press('Tab')
  await keyboard.type(operator.password)
  await keyboard.press('Enter')
  await page.waitForURL(/\/create\?draft=/)
  expect(await valuesOf(page)).toEqual([destination, 'by-keys'])
  await expectAccessible(page, 'form with a restored draft')
  await page.getByLabel('Short code').focus()
  await keyboard.press('Enter')
  await page.getByText('Link created.').waitFor()
  expect(ann.errors).toEqual([])
})

it('a draft is restored after a sign-in in another tab made the page out of date', async () => {
  await using ann = await fixture.visit()
  const { page } = ann
  await signInAs(ann, operator)
  await ann.open('/create')
  await page.getByLabel('Destination URL').fill(destination)
  await page.getByLabel('Short code').fill('by-tabs')
  await fixture.storage.query('UPDATE sessions SET expires_at = created_at + 1')
  const opening = page.context().waitForEvent('page')
  await page.getByRole('alert').getByRole('link', { name: 'Sign in again' }).click()
  const tab = await opening
  await tab.getByLabel('Email').fill(operator.email)
  await tab.getByLabel('Password', { exact: true }).fill(operator.password)
  await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
  await tab.waitForURL('/create')

  await page.getByRole('button', { name: 'Create link' }).click()
  await page.getByRole('heading', { name: 'This page expired' }).waitFor()
  await expectAccessible(page, 'page out of date')
  await page.getByRole('link', { name: 'Continue where you left off' }).click()
  await page.getByText('We restored what you typed. It has not been submitted yet.').waitFor()
  expect(await valuesOf(page)).toEqual([destination, 'by-tabs'])
  await page.getByRole('button', { name: 'Create link' }).click()
  await page.getByText('Link created.').waitFor()
})
