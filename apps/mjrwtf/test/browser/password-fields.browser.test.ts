import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { operator } from '../process/support/accounts.ts'
import { useBrowserFixture } from './support/browser-fixture.ts'
import { signInAs, type Visit } from './support/visit.ts'

const fixture = useBrowserFixture({ SIGNUP: 'open' })

/** With spaces around it, and longer than many fields accept. */
const pasted = ` ${'lantern gravel oboe sixty '.repeat(12)}`

const anonymousPages = ['/login', '/signup']
const userPages = ['/settings/password', '/reauthenticate']

async function paste(page: Page, id: string): Promise<string> {
  const field = page.locator(`#${id}`)
  await field.focus()
  await page.keyboard.press('ControlOrMeta+V')
  return field.inputValue()
}

async function ids(page: Page): Promise<readonly string[]> {
  return page.locator('input[type=password]').evaluateAll((fields) => fields.map(({ id }) => id))
}

async function fillClipboard({ page }: Visit): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.evaluate((text) => navigator.clipboard.writeText(text), pasted)
}

async function expectPasting(ann: Visit, path: string): Promise<void> {
  await ann.open(path)
  await fillClipboard(ann)
  const fields = await ids(ann.page)
  expect(fields.length).toBeGreaterThan(0)
  for (const id of fields) expect([path, await paste(ann.page, id)]).toEqual([path, pasted])
}

it('password fields accept a long pasted password unchanged (V6.2.7)', async () => {
  await using ann = await fixture.visit()
  for (const path of anonymousPages) await expectPasting(ann, path)
  await signInAs(ann, operator)
  for (const path of userPages) await expectPasting(ann, path)
  expect(ann.errors).toEqual([])
})

it('a password can be revealed with the keyboard only, and is masked on submission (V6.2.6)', async () => {
  await using ann = await fixture.visit()
  const { page } = ann
  await ann.open('/login')
  await page.getByLabel('Email').fill('nobody@users.test')
  const field = page.locator('#password')
  await field.focus()
  await page.keyboard.type('not this one')
  await page.keyboard.press('Tab')
  const button = page.getByRole('button', { name: 'Show password', pressed: false })
  await expect.poll(() => button.count()).toBe(1)
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-reveal'))).toBe(
    'password',
  )

  await page.keyboard.press('Space')
  expect(await field.getAttribute('type')).toBe('text')
  expect(await field.inputValue()).toBe('not this one')
  const pressed = page.getByRole('button', { name: 'Show password', pressed: true })
  expect(await pressed.count()).toBe(1)
  await page.keyboard.press('Enter')
  expect(await field.getAttribute('type')).toBe('password')
  await page.keyboard.press('Enter')
  expect(await field.getAttribute('type')).toBe('text')

  const sent = page.evaluate(
    () =>
      new Promise((resolve) => {
        document.forms[0]?.addEventListener('submit', () => {
          resolve(document.querySelector('#password')?.getAttribute('type'))
        })
      }),
  )
  await field.focus()
  await page.keyboard.press('Enter')
  expect(await sent).toBe('password')
  await page.getByText('Wrong email or password').waitFor()
  expect(ann.errors).toEqual([])
})

it('without script a password stays masked, without a reveal button', async () => {
  await using ann = await fixture.visit({ javaScriptEnabled: false })
  await ann.open('/login')
  expect(await ann.page.locator('#password').getAttribute('type')).toBe('password')
  expect(await ann.page.locator('button[data-reveal]').isVisible()).toBe(false)
})
