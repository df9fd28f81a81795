import { expect, it } from 'vitest'
import { operator } from '../process/support/accounts.ts'
import { expectAccessible } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signInAs } from './support/visit.ts'

const fixture = useBrowserFixture()

const newPassword = 'lantern gravel oboe sixty'

it('changing the password works without script and signs out the other browser with a reason', async () => {
  await using ann = await fixture.visit({ javaScriptEnabled: false })
  await using otherBrowser = await fixture.visit()
  await signInAs(ann, operator)
  await signInAs(otherBrowser, operator)
  await ann.open('/settings/password')

  await ann.page.getByLabel('Current password').fill('not this one')
  await ann.page.getByLabel('New password').fill(newPassword)
  await ann.page.getByRole('button', { name: 'Change password' }).click()
  await ann.page.getByText('Wrong password.').waitFor()
  expect(await ann.page.getByLabel('New password').inputValue()).toBe('')

  await ann.page.getByLabel('Current password').fill(operator.password)
  await ann.page.getByLabel('New password').fill(newPassword)
  await ann.page.getByRole('button', { name: 'Change password' }).click()
  await ann.page.getByText('Password changed.').waitFor()

  await otherBrowser.open('/dashboard')
  await otherBrowser.page.getByText('the password was changed').waitFor()
  expect(otherBrowser.errors).toEqual([])
})

it('changing the password works with the keyboard only, and a second Enter does no harm', async () => {
  await using ann = await fixture.visit()
  const { page } = ann
  await signInAs(ann, { ...operator, password: newPassword })
  await ann.open('/settings/password')
  await expectAccessible(page, 'password')
  await page.getByLabel('Current password').focus()
  await page.keyboard.type(newPassword)
  // Past the button that reveals the password.
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.type('short')
  await page.keyboard.press('Enter')
  await page.getByText('Use at least 15 characters.').waitFor()
  await expectAccessible(page, 'password with a problem')

  await page.getByLabel('Current password').fill(newPassword)
  await page.getByLabel('New password').fill(operator.password)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter').catch(() => {})
  await page.getByText('Password changed.').waitFor()
  await ann.open('/dashboard')
  expect(new URL(page.url()).pathname).toBe('/dashboard')
  expect(ann.errors).toEqual([])
})
