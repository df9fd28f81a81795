import { expect, it } from 'vitest'
import { operator } from '../process/support/accounts.ts'
import { expectAccessible } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signInAs } from './support/visit.ts'

const fixture = useBrowserFixture()

it('an access token is created, copied, shown once and revoked', async () => {
  await using ann = await fixture.visit({ viewport: { width: 390, height: 844 } })
  await signInAs(ann, operator)
  const { page } = ann
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await ann.open('/settings/tokens')
  await page.getByRole('link', { name: 'Create a token' }).click()
  expect(await page.getByLabel('Date').isVisible()).toBe(false)
  await page.getByLabel('Name').fill('Backup script')
  await page.getByRole('button', { name: 'Create token' }).click()
  await page.getByText('Choose what the token may do.').waitFor()
  await expectAccessible(page, 'the form of a token with an error')
  await page.getByLabel('See your links').check()
  await page.getByLabel('Expires').selectOption('date')
  expect(await page.getByLabel('Date').isVisible()).toBe(true)
  await page.getByLabel('Expires').selectOption('90')
  await page.getByRole('button', { name: 'Create token' }).click()
  await page.getByRole('heading', { name: 'Your new access token' }).waitFor()
  await expectAccessible(page, 'the page with a new token')
  const token = await page.getByText(/^mjr_pat_/).innerText()
  await page.getByRole('button', { name: 'Copy token' }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token)

  const answer = await fetch(`${fixture.program.baseUrl}/api/urls`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  expect(answer.status).toBe(200)
  await page.reload()
  await page.getByRole('heading', { name: 'Backup script' }).waitFor()
  expect(await page.content()).not.toContain(token)
  await page.getByRole('link', { name: 'API', exact: true }).first().click()
  await page.goBack()
  await page.getByRole('heading', { name: 'Backup script' }).waitFor()
  expect(await page.content()).not.toContain(token)

  await ann.open('/settings/tokens')
  await expectAccessible(page, 'the list of tokens')
  await page.getByRole('link', { name: 'Revoke Backup script' }).click()
  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('Access token “Backup script” revoked.').waitFor()
  expect(ann.errors).toEqual([])
})
