import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { operator } from '../process/support/accounts.ts'
import { expectAccessible, overflowsHorizontally } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { scanQrCode } from './support/phone-app.ts'
import { signInAs, type Visit } from './support/visit.ts'

const fixture = useBrowserFixture()

/** A code as it is shown. */
const code = /^[0-9a-z]{4}(-[0-9a-z]{4}){6}$/

/** Enrolls an authenticator app, which confirms the session with a second factor. */
async function enroll({ page, open }: Visit): Promise<void> {
  await open('/settings/authenticators')
  const add = page.getByRole('button', { name: 'Add authenticator app', exact: true })
  await add.click()
  const phone = await scanQrCode(page)
  await page.getByLabel('Six-digit code').fill(phone.generate())
  await add.click()
  await page.getByText('Authenticator app added.').waitFor()
}

/** Signs in with a recovery code as the second factor. */
async function signInWithCode({ page, open }: Visit, recoveryCode: string): Promise<void> {
  await open('/login')
  await page.getByLabel('Email').fill(operator.email)
  await page.getByLabel('Password', { exact: true }).fill(operator.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('link', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Recovery code').fill(recoveryCode)
  await page.keyboard.press('Enter')
  await page.waitForURL('/dashboard')
}

it('recovery codes are created, copied, saved as a file and confirmed with the keyboard', async () => {
  await using ann = await fixture.visit({ viewport: { width: 390, height: 844 } })
  await using other = await fixture.visit({ javaScriptEnabled: false })
  await signInAs(ann, operator)
  await enroll(ann)
  const { page } = ann
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await ann.open('/settings/recovery-codes')
  await page.getByRole('button', { name: 'Create recovery codes' }).press('Enter')
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
  const codes = await page.getByRole('listitem').locator('code').allInnerTexts()
  expect(codes).toHaveLength(10)
  for (const each of codes) expect(each).toMatch(code)
  expect(await overflowsHorizontally(page)).toBe(false)
  await expectAccessible(page, 'the page with new recovery codes')

  await page.getByRole('button', { name: 'Copy all' }).press('Enter')
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(codes.join('\n'))
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download' }).press('Enter')
  const file = await download
  expect(file.suggestedFilename()).toMatch(/^localhost-\d+-recovery-codes\.txt$/)
  const content = await text(await file.createReadStream())
  expect(content).toContain(operator.email)
  expect(content).toContain(codes.join('\n'))

  await page.emulateMedia({ media: 'print' })
  expect(await page.getByText(`Recovery codes for ${operator.email}`).isVisible()).toBe(true)
  for (const each of codes) expect(await page.getByText(each).isVisible()).toBe(true)
  expect(await page.getByRole('navigation').first().isVisible()).toBe(false)
  expect(await page.getByRole('button', { name: 'I have saved them' }).isVisible()).toBe(false)
  await page.emulateMedia({ media: 'screen' })

  // A reload shows only their number, and going back shows no code.
  await page.reload()
  await page.getByText('10 of 10 codes left').waitFor()
  await page.getByText('Did you save your codes?').waitFor()
  await page.getByRole('button', { name: 'I have saved them' }).press('Enter')
  await page.getByText('Your recovery codes are ready.').waitFor()
  await page.goBack()
  for (const each of codes) expect(await page.content()).not.toContain(each)
  await ann.open('/settings/recovery-codes')
  await expectAccessible(page, 'the page with the number of recovery codes')
  expect(ann.errors).toEqual([])

  // Without the script, the codes can be selected and the page printed.
  await signInWithCode(other, codes[9]?.replaceAll('-', ' ') ?? '')
  await other.page.getByText('You have 9 recovery codes left.').waitFor()
  await other.open('/settings/recovery-codes')
  await other.page.getByRole('button', { name: 'Create new codes' }).click()
  await other.page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
  expect(await other.page.getByRole('listitem').locator('code').count()).toBe(10)
  expect(await other.page.getByRole('button', { name: 'Copy all' }).isVisible()).toBe(false)
  await other.page.getByRole('button', { name: 'I have saved them' }).click()
  await other.page.getByText('Your recovery codes are ready.').waitFor()
})
