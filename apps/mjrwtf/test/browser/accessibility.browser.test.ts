import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectToBrowser } from '../../../../tools/testing/browser/browser-server.ts'
import { bearer, environmentFor, operator, setUp, shorten } from '../process/support/accounts.ts'
import { type Program, startProgram } from '../process/support/program.ts'
import { openStorage, type Storage } from '../support/storage.ts'
import { expectAccessible } from './support/accessibility.ts'
import { signInAs, signUpAs, type Visit, visit } from './support/visit.ts'

let browser: Browser
let storage: Storage
let program: Program

beforeAll(async () => {
  browser = await connectToBrowser()
  storage = await openStorage('sqlite')
  const env = environmentFor(storage, { AUTH_TOKEN: bearer, SIGNUP: 'open' })
  program = await startProgram({ env })
  await setUp(program)
})

afterAll(async () => {
  await browser.close()
  await program[Symbol.asyncDispose]()
  await storage[Symbol.asyncDispose]()
})

async function press({ page }: Visit, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
}

it('pages before the first account have no violations', async () => {
  await using empty = await openStorage('sqlite')
  await using fresh = await startProgram({ env: environmentFor(empty) })
  await using ann = await visit(browser, fresh)
  await ann.open('/')
  await expectAccessible(ann.page, 'home without an account')

  await ann.page.goto((await fresh.setUpLink()).href)
  await expectAccessible(ann.page, 'setup')
  await ann.page.getByLabel('Email').fill(operator.email)
  await ann.page.getByLabel('Password', { exact: true }).fill('too short')
  await press(ann, 'Create account')
  await ann.page.locator('[aria-invalid]').first().waitFor()
  await expectAccessible(ann.page, 'setup with a problem')
  expect(ann.errors).toEqual([])
})

it('pages for anonymous visitors have no violations', async () => {
  await using bob = await visit(browser, program)
  const code = await shorten(program, `https://example.com/${'a-long-path/'.repeat(60)}`)
  for (const path of [
    '/',
    '/login',
    '/login?error=session_expired',
    '/signup',
    '/docs/api',
    `/${code}+`,
  ]) {
    await bob.open(path)
    await expectAccessible(bob.page, path)
  }
  await bob.open('/nothing-here')
  await expectAccessible(bob.page, 'not found')

  await bob.open('/login')
  await bob.page.getByLabel('Email').fill('bob@users.test')
  await bob.page.getByLabel('Password', { exact: true }).fill('not my password')
  await press(bob, 'Sign in')
  await bob.page.getByRole('alert').waitFor()
  await expectAccessible(bob.page, 'login with a problem')

  await bob.open('/signup')
  await bob.page.getByLabel('Email').fill('bob@users.test')
  await bob.page.getByLabel('Password', { exact: true }).fill('too short')
  await press(bob, 'Sign up')
  await bob.page.locator('[aria-invalid]').first().waitFor()
  await expectAccessible(bob.page, 'signup with a problem')
  expect(bob.errors).toEqual([])
})

it('pages for creating links have no violations', async () => {
  await using ann = await visit(browser, program)
  await signInAs(ann, operator)
  await ann.open('/')
  await expectAccessible(ann.page, 'home, signed in')

  await ann.open('/create')
  await expectAccessible(ann.page, 'create')
  await ann.page.getByLabel('Destination URL').fill('javascript:alert(1)')
  await ann.page.getByLabel('Short code').fill('a!')
  await ann.page.getByLabel('Expires').fill('2001-01-01T00:00')
  await press(ann, 'Create link')
  await expect.poll(() => ann.page.locator('[aria-invalid]').count()).toBe(3)
  await expectAccessible(ann.page, 'create with problems')

  await ann.open('/create')
  await ann.page.getByLabel('Destination URL').fill(`https://example.com/${'long'.repeat(100)}`)
  await ann.page.getByLabel('Expires').fill('2099-12-31T23:59')
  await press(ann, 'Create link')
  await ann.page.getByRole('img', { name: /^QR code/ }).waitFor()
  await expectAccessible(ann.page, 'created')
  expect(ann.errors).toEqual([])
})

it('dashboard and link editing have no violations', async () => {
  await using ann = await visit(browser, program)
  for (let created = 0; created < 25; created += 1)
    await shorten(program, `https://example.com/${created}`)
  await signInAs(ann, operator)
  await expectAccessible(ann.page, 'dashboard')
  await ann.page.locator('summary', { hasText: 'Delete' }).first().click()
  await expectAccessible(ann.page, 'dashboard, confirming deletion')
  await ann.open('/dashboard?q=nothing-like-it')
  await expectAccessible(ann.page, 'dashboard without a match')
  await storage.query(`
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1700)
    INSERT INTO links (id, short_code, destination, owner_id, created_at)
    SELECT 'many-' || n, 'many-' || n, 'https://example.com/', (SELECT owner_id FROM links), 0
    FROM numbers`)
  for (const query of ['~', '0~', 'y-170']) {
    await ann.open(`/dashboard?q=${query}`)
    await expectAccessible(ann.page, `search for ${query}`)
  }
  await ann.open('/dashboard?offset=20')
  await expectAccessible(ann.page, 'second page')

  await ann.page.getByRole('link', { name: 'Edit' }).first().click()
  await ann.page.getByRole('heading', { name: 'Edit link' }).waitFor()
  await expectAccessible(ann.page, 'edit')
  await ann.page.getByLabel('Destination URL').fill('javascript:alert(1)')
  await press(ann, 'Save changes')
  await ann.page.locator('[aria-invalid]').waitFor()
  await expectAccessible(ann.page, 'edit with a problem')
  expect(ann.errors).toEqual([])
})

it('link analytics page has no violations', async () => {
  await using ann = await visit(browser, program)
  const code = await shorten(program, `https://example.com/${'long'.repeat(100)}`)
  await signInAs(ann, operator)
  await ann.open(`/links/${code}`)
  await expectAccessible(ann.page, 'analytics without clicks')

  const host = `${'a-long-name.'.repeat(15)}example`
  for (const referrer of ['https://blog.example/', `https://${host}/`]) {
    await program.send(`/${code}`, { headers: [['Referer', referrer]] })
  }
  await expect
    .poll(async () => {
      await ann.open(`/links/${code}?days=7&zone=Pacific/Auckland`)
      return ann.page.getByText(host).count()
    })
    .toBe(1)
  await expectAccessible(ann.page, 'clicks of a week')
  await ann.open(`/links/${code}?days=90`)
  await ann.page.getByText('All 90 days').click()
  await expectAccessible(ann.page, 'clicks of a quarter')
  await ann.open(`/links/${code}?from=2020-01-01&to=2099-12-31`)
  await expectAccessible(ann.page, 'clicks by year')
  await ann.open(`/links/${code}?from=yesterday&to=2026-02-30&zone=Mars/Olympus`)
  await expectAccessible(ann.page, 'clicks with problems')
  await ann.open(`/links/${code}?days=8`)
  await expectAccessible(ann.page, 'analytics of an unknown range')
  expect(ann.errors).toEqual([])
})

it('pages about links of the owner have no violations', async () => {
  await using ann = await visit(browser, program)
  const code = await shorten(program, 'https://example.com/')
  await signInAs(ann, operator)
  const { page } = ann
  await page.locator('.link-select input').first().check()
  await page.getByText('Filter and sort').click()
  await expectAccessible(page, 'dashboard with filters and a selected link')
  await ann.open('/create')
  await openDetails(ann)
  await expectAccessible(page, 'create with every field')
  for (const path of ['/create/bookmarklet', `/links/${code}/codes`, '/dashboard/deleted']) {
    await ann.open(path)
    await expectAccessible(page, path)
  }
  await ann.open(`/links/${code}`)
  await openDetails(ann)
  await expectAccessible(page, 'link with every part open')
  await ann.open('/links/import')
  await openDetails(ann)
  await expectAccessible(page, 'import')
  const buffer = Buffer.from('original_url,short_code\nhttps://example.com/,new\n/nowhere,old\n')
  await page.getByLabel('File').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer })
  await press(ann, 'Check file')
  await page.getByRole('button', { name: 'Add 1 link' }).waitFor()
  await expectAccessible(page, 'checked import with a problem')
  expect(ann.errors).toEqual([])
})

async function openDetails({ page }: Visit): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true
  })
}

it('pages about links for visitors have no violations', async () => {
  await using bob = await visit(browser, program)
  const code = await shorten(program, 'https://example.com/', { password: 'let me in, please' })
  await bob.open(`/report/${code}`)
  await expectAccessible(bob.page, 'report')
  await bob.open(`/${code}`)
  await expectAccessible(bob.page, 'password of a link')
  await bob.page.getByLabel('Password', { exact: true }).fill('not the password')
  await press(bob, 'Continue')
  await bob.page.locator('[aria-invalid]').waitFor()
  await expectAccessible(bob.page, 'password of a link with a problem')
  expect(bob.errors).toEqual([])
})

it('security log has no violations', async () => {
  await using ann = await visit(browser, program)
  await ann.open('/login')
  await ann.page.getByLabel('Email').fill(operator.email)
  await ann.page.getByLabel('Password', { exact: true }).fill('not my password')
  await press(ann, 'Sign in')
  await ann.page.getByRole('alert').waitFor()
  await signInAs(ann, operator)
  for (const path of ['', '?kind=failures', '?kind=changes', '?limit=1']) {
    await ann.open(`/settings/security-log${path}`)
    await expectAccessible(ann.page, `security log ${path}`)
  }
  await ann.open('/settings/security-log?kind=failures')
  await ann.page.getByText(/^Failed sign-in from/).waitFor()
  expect(ann.errors).toEqual([])
})

it('security page, session list and reauthentication have no violations', async () => {
  await using odd = await visit(browser, program, { userAgent: `odd/1 ${'long'.repeat(200)}` })
  await signInAs(odd, operator)
  await using ann = await visit(browser, program)
  await signInAs(ann, operator)
  for (const path of ['/settings/security', '/settings/second-factor']) {
    await ann.open(path)
    await expectAccessible(ann.page, path)
  }
  await ann.open('/settings/sessions')
  await ann.page.getByText('User agent').click()
  await expectAccessible(ann.page, 'sessions')
  await ann.page.getByRole('button', { name: /^Sign out \d+ other devices?$/ }).click()
  await ann.page.getByText('You are not signed in anywhere else.').waitFor()
  await expectAccessible(ann.page, 'sessions, only this one')

  await ann.open('/reauthenticate?next=/create')
  await expectAccessible(ann.page, 'reauthenticate')
  await ann.page.getByLabel('Password', { exact: true }).fill('not my password')
  await press(ann, 'Confirm')
  await ann.page.getByText('Wrong password.').waitFor()
  await expectAccessible(ann.page, 'reauthenticate with a problem')
  expect(ann.errors).toEqual([])
})

it('invite page has no violations', async () => {
  await using other = await startProgram({
    env: environmentFor(storage, { SIGNUP: 'invite', LOG_LEVEL: 'warn' }),
  })
  await using ann = await visit(browser, other)
  await signInAs(ann, operator)
  await ann.open('/settings/invitations')
  await expectAccessible(ann.page, 'invites')
})

it('list of settings and pages for administrators have no violations', async () => {
  await using ann = await visit(browser, program)
  await signInAs(ann, operator)
  const [user] = await storage.query('SELECT id FROM users')
  const userId = String(Object.values(user ?? {})[0])
  for (const name of [
    ...['', '/preferences', '/links', '/reports', '/blocked-domains'],
    ...['/domains', '/unknown-codes', `/users/${userId}`],
  ]) {
    await ann.open(`/settings${name}`)
    await expectAccessible(ann.page, `settings${name}`)
  }
  expect(ann.errors).toEqual([])
})

it('navigation has one row at 320 px, and settings are a list of targets of 44 px', async () => {
  await using ann = await visit(browser, program, { viewport: { width: 320, height: 640 } })
  await signInAs(ann, operator)
  await ann.page.getByRole('link', { name: 'Settings' }).click()
  await ann.page.waitForURL('/settings')
  const boxes = await boxesOf(ann.page.locator('.bar a, .bar button'))
  expect(new Set(boxes.map(({ y }) => y)).size).toBe(1)
  expect(boxes.filter(({ height, width }) => Math.min(height, width) < 44)).toEqual([])
  const pages = await boxesOf(ann.page.locator('main a'))
  expect(pages.length).toBeGreaterThan(15)
  expect(pages.filter(({ height }) => height < 44)).toEqual([])

  await ann.page.getByRole('link', { name: 'Preferences' }).click()
  expect(await ann.page.locator('.sections').isVisible()).toBe(false)
  await ann.page.locator('main').getByRole('link', { name: 'Settings' }).click()
  await ann.page.waitForURL('/settings')
  expect(ann.errors).toEqual([])
})

async function boxesOf(targets: Locator) {
  const boxes = (await targets.all()).map((target) => target.boundingBox())
  return (await Promise.all(boxes)).filter((box) => box !== null)
}

it('export, account deletion and user list have no violations', async () => {
  await using ann = await visit(browser, program)
  await signInAs(ann, operator)
  await ann.open('/settings/export')
  await expectAccessible(ann.page, 'export')
  await ann.open('/settings/delete')
  await expectAccessible(ann.page, 'delete account')

  await using bob = await visit(browser, program)
  const longEmailAccount = {
    email: `${'long'.repeat(12)}@${'name.'.repeat(30)}test`,
    password: operator.password,
  }
  await signUpAs(bob, longEmailAccount)
  await bob.open('/settings/delete')
  await bob.page.getByLabel('To confirm, enter your email').fill('other@users.test')
  await press(bob, 'Permanently delete my account')
  await bob.page.locator('[aria-invalid]').waitFor()
  await expectAccessible(bob.page, 'delete account with a problem')

  await ann.open('/settings/delete')
  await ann.page.getByText('You are the administrator, and others have accounts here.').waitFor()
  await expectAccessible(ann.page, 'delete account, for the operator')
  await ann.open('/settings/users')
  await expectAccessible(ann.page, 'user list')
  await ann.open('/settings/users?limit=1')
  await expectAccessible(ann.page, 'user list, first page')
  await ann.open('/settings/shared-tokens')
  await expectAccessible(ann.page, 'shared tokens')
  expect([ann.errors, bob.errors]).toEqual([[], []])
})
