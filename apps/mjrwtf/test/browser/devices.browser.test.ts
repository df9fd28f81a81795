import { expect, it } from 'vitest'
import { expectAccessible, overflowsHorizontally } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signUpAs } from './support/visit.ts'

const fixture = useBrowserFixture({ SIGNUP: 'open' })

const ben = { email: 'ben@users.test', password: 'violet tram harbour sixty' }

/** Registers a command line, as an administrator does in the settings. */
async function registerTool(): Promise<string> {
  await fixture.storage.query(`INSERT INTO client_applications
    (id, name, kind, redirect_uris, scopes, website, allows_device_flow, created_by, created_at)
    VALUES ('AAAAAAAAAAAAAAAAAAAAAA', 'Menu tool', 'public', '[]', 'links:read links:write',
      'https://menu.example', 1, 'ann', 1893456000000)`)
  return 'AAAAAAAAAAAAAAAAAAAAAA'
}

async function send(path: string, fields: Readonly<Record<string, string>>) {
  const body = new URLSearchParams(fields)
  const response = await fetch(`${fixture.program.baseUrl}${path}`, { method: 'POST', body })
  const json: unknown = await response.json()
  return Object(json)
}

it('a device is connected and disconnected with the keyboard only, at 390 px', async () => {
  const client_id = await registerTool()
  const device = await send('/oauth/device_authorization', { client_id })
  await using visit = await fixture.visit({ viewport: { width: 390, height: 844 } })
  const { page } = visit
  await signUpAs(visit, ben)
  await visit.open('/settings/connected-apps')
  await expectAccessible(page, 'no connected apps')
  await visit.open('/oauth/device')
  await expectAccessible(page, 'code of a device')
  await page.keyboard.type('wrong')
  await page.keyboard.press('Enter')
  await page.getByText('Enter the eight characters of the code.').waitFor()
  await expectAccessible(page, 'code of a device with a problem')
  await page.getByLabel('Code').fill('')
  await page.keyboard.type(String(device.user_code).toLowerCase())
  await page.keyboard.press('Enter')

  await page.getByRole('heading', { name: 'Connect Menu tool to your account?' }).waitFor()
  await expectAccessible(page, 'consent to a device')
  expect(await overflowsHorizontally(page)).toBe(false)
  await page.getByRole('button', { name: 'Allow' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Return to your device' }).waitFor()
  await expectAccessible(page, 'after the consent to a device')

  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const { device_code } = device
  const tokens = await send('/oauth/token', { client_id, grant_type, device_code })
  expect(tokens.access_token).toMatch(/^mjr_at_/)
  await visit.open('/settings/connected-apps')
  await expectAccessible(page, 'connected apps')
  expect(await overflowsHorizontally(page)).toBe(false)
  await page.getByRole('button', { name: /^Disconnect/ }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('App disconnected.').waitFor()
  expect(visit.errors).toEqual([])
})
