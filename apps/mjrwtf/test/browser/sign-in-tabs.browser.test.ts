import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { operator } from '../process/support/accounts.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'

const fixture = useBrowserFixture()

async function submit(page: Page): Promise<void> {
  await page.getByLabel('Email').fill(operator.email)
  await page.getByLabel('Password', { exact: true }).fill(operator.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Restores two tabs without cookies, until neither request has the cookie of the other's response. */
async function restoreTabs(first: Page, second: Page, path: string): Promise<void> {
  const context = first.context()
  await expect
    .poll(async () => {
      await context.clearCookies()
      await Promise.all([first.goto(path), second.goto(path)])
      const cookies = await context.cookies()
      return cookies.filter(({ name }) => /^pre[a-z]+-dev$/.test(name)).length
    })
    .toBe(2)
}

it('two sign-in tabs that are restored at once both work', async () => {
  for (const isFirst of [true, false]) {
    await using ann = await fixture.visit()
    const tabs = [ann.page, await ann.page.context().newPage()] as const
    await restoreTabs(...tabs, '/login')
    const tab = tabs[isFirst ? 0 : 1]
    await submit(tab)
    await tab.waitForURL('/dashboard')
  }
})

it('a sign-in form leads on if the user has signed in in another tab meanwhile', async () => {
  await using ann = await fixture.visit()
  const tabs = [ann.page, await ann.page.context().newPage()] as const
  await restoreTabs(...tabs, '/login?next=%2Fsettings%2Fsessions')
  await submit(tabs[0])
  await tabs[0].waitForURL('/settings/sessions')
  const before = (await ann.page.context().cookies()).map(({ value }) => value)
  await submit(tabs[1])
  await tabs[1].waitForURL('/settings/sessions')
  expect((await ann.page.context().cookies()).map(({ value }) => value)).toEqual(before)
})
