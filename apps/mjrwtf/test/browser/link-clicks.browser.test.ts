import { beforeAll, expect, it } from 'vitest'
import { bearer, operator, shorten } from '../process/support/accounts.ts'
import { overflowsHorizontally } from './support/accessibility.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signInAs, type Visit } from './support/visit.ts'

const fixture = useBrowserFixture({ AUTH_TOKEN: bearer })
let code = ''

beforeAll(async () => {
  code = await shorten(fixture.program, `https://example.com/${'a-long-path/'.repeat(20)}`)
  for (let n = 0; n < 3; n += 1) await fixture.program.send(`/${code}`)
})

it('link analytics with custom dates works without script on the smallest phone', async () => {
  const viewport = { width: 320, height: 640 }
  await using ann = await fixture.visit({ viewport, javaScriptEnabled: false })
  const { page } = ann
  await signInAs(ann, operator)
  await page.getByRole('link', { name: `Stats for ${code}` }).click()
  await page.waitForURL(`/links/${code}`)
  // Clicks are written shortly after the redirect.
  await expect
    .poll(async () => {
      await page.reload()
      return page.getByText('3 clicks', { exact: true }).isVisible()
    })
    .toBe(true)
  expect(await page.getByRole('button', { name: 'Copy link' }).isVisible()).toBe(false)
  expect(await page.getByText('Use my time zone').isVisible()).toBe(false)

  await page.getByText('Custom range').click()
  await page.getByLabel('From', { exact: true }).fill('2026-10-24')
  await page.getByLabel('To', { exact: true }).fill('2026-10-26')
  await page.getByLabel('Time zone').selectOption('Europe/Berlin')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL(`/links/${code}?from=2026-10-24&to=2026-10-26&zone=Europe%2FBerlin`)
  await page.getByText('25 hours').waitFor()
  expect(await page.getByLabel('From', { exact: true }).inputValue()).toBe('2026-10-24')
  expect(await page.getByLabel('Time zone').inputValue()).toBe('Europe/Berlin')

  await ann.open(`/links/${code}?from=soon&to=2026-10-26&zone=Europe/Berlin`)
  expect(await page.getByLabel('From', { exact: true }).inputValue()).toBe('soon')
  await page.getByLabel('From', { exact: true }).fill('2026-10-25')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL(`/links/${code}?from=2026-10-25&to=2026-10-26&zone=Europe%2FBerlin`)
})

it('the chart links to its table, even if the table is collapsed', async () => {
  await using ann = await fixture.visit()
  await signInAs(ann, operator)
  await ann.open(`/links/${code}?days=90`)
  const table = ann.page.getByRole('table', { name: 'Daily clicks' })
  expect(await table.isVisible()).toBe(false)
  await ann.page.getByRole('link', { name: 'View as table' }).click()
  await table.waitFor()
  // The header row, 90 days and the total.
  expect(await table.getByRole('row').count()).toBe(92)
})

it('link analytics fits on the smallest phone for every range', async () => {
  await using ann = await fixture.visit({ viewport: { width: 320, height: 640 } })
  await signInAs(ann, operator)
  for (const query of [
    '',
    '?days=7',
    '?days=90',
    '?from=2020-01-01&to=2026-01-01',
    '?from=x&to=y',
  ]) {
    await ann.open(`/links/${code}${query}`)
    expect([query, await overflowsHorizontally(ann.page)]).toEqual([query, false])
  }
  expect(ann.errors).toEqual([])
})

/** Signs in on an account without a time zone, and waits until the script has reported that of the browser. */
async function detectZone(ann: Visit): Promise<void> {
  await fixture.storage.query('UPDATE users SET time_zone = NULL')
  const detected = ann.page.waitForResponse('**/settings/preferences/time-zone')
  await signInAs(ann, operator)
  expect((await detected).status()).toBe(204)
}

it("link analytics uses the browser's time zone, detected once, until one is chosen", async () => {
  await using ann = await fixture.visit({ timezoneId: 'Australia/Lord_Howe' })
  const { page } = ann
  await detectZone(ann)
  await ann.open(`/links/${code}?days=7`)
  expect(await page.getByLabel('Time zone').inputValue()).toBe('Australia/Lord_Howe')
  expect(await page.getByText('Use my time zone').count()).toBe(0)
  await ann.open(`/links/${code}?zone=UTC`)
  expect(await page.getByLabel('Time zone').inputValue()).toBe('UTC')
  expect(await page.getByText('Use my time zone').count()).toBe(0)
  expect(ann.errors).toEqual([])
})

it('a link form takes and shows the expiry in the time zone of the browser', async () => {
  await using ann = await fixture.visit({ timezoneId: 'Australia/Lord_Howe', locale: 'en-GB' })
  const { page } = ann
  // Before it is detected, the script converts it.
  await page.route('**/settings/preferences/time-zone', (route) => route.abort())
  await fixture.storage.query('UPDATE users SET time_zone = NULL')
  await signInAs(ann, operator)
  await ann.open('/create')
  await page.getByText('keep the link forever. (local time)').waitFor()
  await page.getByLabel('Destination URL').fill('https://example.com/')
  await page.getByLabel('Short code').fill('a!')
  await page.getByLabel('Expires').fill('2090-07-01T09:30')
  await page.getByRole('button', { name: 'Create link' }).click()
  await page.locator('[aria-invalid]').waitFor()
  expect(await page.getByLabel('Expires').inputValue()).toBe('2090-07-01T09:30')
  await page.getByLabel('Short code').fill('local-time')
  await page.getByRole('button', { name: 'Create link' }).click()
  await page.getByText('1 Jul 2090, 09:30').waitFor()

  const response = await fixture.program.send('/api/urls/local-time', {
    headers: [['Authorization', `Bearer ${bearer}`]],
  })
  // The island is 10 hours and 30 minutes ahead of UTC in winter.
  expect(response.json()).toMatchObject({ expires_at: '2090-06-30T23:00:00.000Z' })
  await ann.open('/links/local-time/edit')
  expect(await page.getByLabel('Expires').inputValue()).toBe('2090-07-01T09:30')
  expect(ann.errors).toEqual([])
})
