import { afterAll, beforeAll, expect, it } from 'vitest'
import { gatewayToken, type SmsGateway, startSmsGateway } from '../support/sms-gateway.ts'
import { expectAccessible } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signUpAs } from './support/visit.ts'

let gateway: SmsGateway
beforeAll(async () => {
  gateway = await startSmsGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

const fixture = useBrowserFixture({
  SIGNUP: 'open',
  /** Its port is known when the program starts. */
  get SMS_GATEWAY_URL() {
    return gateway.url
  },
  SMS_GATEWAY_TOKEN: gatewayToken,
})

const ben = { email: 'ben@users.test', password: 'violet tram harbour sixty' }

it('a phone is added and removed with the keyboard only, at 390 px', async () => {
  await using visit = await fixture.visit({ viewport: { width: 390, height: 844 } })
  const { page } = visit
  await signUpAs(visit, ben)
  await visit.open('/settings/phone')
  await expectAccessible(page, 'phone')
  await page.getByLabel('Phone number').focus()
  await page.keyboard.type('07700 900123')
  await page.keyboard.press('Enter')
  await page.getByText('Start with + and the country code').waitFor()
  await expectAccessible(page, 'phone with a problem')
  expect(await page.getByLabel('Phone number').inputValue()).toBe('07700 900123')
  await page.getByLabel('Phone number').fill('')
  await page.keyboard.type('+44 7700 900123')
  await page.keyboard.press('Enter')

  await page.getByText('We sent a code to').waitFor()
  await expectAccessible(page, 'code of a phone')
  const code = page.getByLabel('Six-digit code')
  expect(await code.getAttribute('autocomplete')).toBe('one-time-code')
  await code.focus()
  await page.keyboard.type(gateway.code('+447700900123'))
  await page.keyboard.press('Enter')
  await page.getByText('Phone •••• 0123 added.').waitFor()
  await expectAccessible(page, 'phone with a number')
  expect(await page.content()).not.toContain('7700900123')

  await page.getByRole('link', { name: 'Remove •••• 0123' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Remove •••• 0123?').waitFor()
  await page.getByRole('button', { name: 'Remove' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Phone removed.').waitFor()
  expect(visit.errors).toEqual([])
})
