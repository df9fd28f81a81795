import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import type { Browser, Page } from 'playwright-core'
import { desktop, phone, signInAs, visit } from '../apps/mjrwtf/test/browser/support/visit.ts'
import { type Program, startProgram } from '../apps/mjrwtf/test/process/support/program.ts'
import type { RawHeaders } from '../apps/mjrwtf/test/support/send.ts'
import { createTemporaryFolder } from './programs.ts'
import { root } from './repository.ts'
import { screenshotAccess } from './screenshots/access.ts'
import { screenshotSecondFactors } from './screenshots/second-factors.ts'
import { screenshotSettings } from './screenshots/settings.ts'
import { launchChromium } from './testing/browser/chromium.ts'

/** Takes the README's screenshots. Needs a build. */
async function takeScreenshots(): Promise<void> {
  using folder = createTemporaryFolder()
  mkdirSync(join(root, screenshotFolder), { recursive: true })
  const browser = await launchChromium()
  try {
    await using program = await startProgram({ env, cwd: folder.path })
    const code = (await program.setUpLink()).searchParams.get('code') ?? ''
    await createExamples(browser, program, code)
    spreadClicks(join(folder.path, 'data', 'mjrwtf.db'))
    for (const viewport of viewports) await screenshotPages(browser, program, viewport)
    await screenshotAccess({ browser, program, account: ann, screenshotInViewports })
    await screenshotSecondFactors({ browser, program, account: ann, screenshotInViewports })
  } finally {
    await browser.close()
  }
}

const screenshotFolder = 'docs/screenshots'

/** The screenshots show this port, so it must be free. No page contacts the providers, whose buttons are shown. */
const env = {
  PORT: '8080',
  LOG_LEVEL: 'warn',
  // The administrator gets a second factor for the last screenshots only.
  REQUIRE_SECOND_FACTOR: 'off',
  GOOGLE_CLIENT_ID: 'example',
  GOOGLE_CLIENT_SECRET: 'example',
  GITHUB_CLIENT_ID: 'example',
  GITHUB_CLIENT_SECRET: 'example',
}

const ann = { email: 'ann@example.com', password: 'a heron crosses the canal' } as const

const viewports = [
  { name: 'light', colorScheme: 'light', viewport: { ...desktop, width: 1_200, height: 750 } },
  { name: 'dark', colorScheme: 'dark', viewport: { ...desktop, width: 1_200, height: 750 } },
  { name: 'phone', colorScheme: 'light', viewport: phone },
] as const

/** Oldest first, with the number of clicks that each link gets. */
const examples = [
  { code: 'handbook', url: 'https://example.com/team/handbook/first-week', clicks: 12 },
  { code: 'floorplan', url: 'https://example.com/venue/floor-plan.pdf', clicks: 7 },
  { code: 'tickets', url: 'https://example.com/events/open-day?ref=poster', clicks: 58 },
  { code: 'survey', url: 'https://example.com/forms/how-was-it?source=mail', clicks: 23 },
  { code: 'menu', url: 'https://example.com/spring/menu?table=12', clicks: 31 },
] as const

async function createExamples(browser: Browser, program: Program, code: string): Promise<void> {
  await using session = await visit(browser, program)
  const { page, open } = session
  await open(`/setup?code=${encodeURIComponent(code)}`)
  await page.getByLabel('Email').fill(ann.email)
  await page.getByLabel('Password', { exact: true }).fill(ann.password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL('/dashboard')
  for (const example of examples) {
    await shorten(page, example.code, example.url)
    for (let count = 0; count < example.clicks; count += 1) {
      await program.send(`/${example.code}`, { headers: visitor(count) })
    }
  }
  await waitUntilCounted(page)
}

const sites = [
  '-',
  'https://news.example/',
  'https://social.example/',
  '-',
  'https://wiki.example/',
]
const agents = ['Chrome/150.0 Safari/537.36', 'Version/19.0 Safari/605.1', 'Firefox/150.0']

function visitor(count: number): RawHeaders {
  const site = sites[(count * count) % sites.length] ?? '-'
  const agent = agents[(count * count) % agents.length]
  const from: RawHeaders = site === '-' ? [] : [['Referer', site]]
  return [...from, ['User-Agent', `Mozilla/5.0 (X11; Linux x86_64) ${agent}`]]
}

/** Spreads the clicks, which all happened within a minute, over five weeks. */
function spreadClicks(file: string): void {
  const database = new SqliteConnection(file)
  const day = 86_400_000
  database.prepare('UPDATE links SET created_at = created_at - ?').run(35 * day)
  // Recent days get more clicks, and days differ.
  const share = '((rowid * rowid * 40503 + rowid * 7919) % 65536 / 65536.0)'
  database
    .prepare(`UPDATE clicks SET at = at - CAST(34 * ${share} * ${share} AS INTEGER) * ?`)
    .run(day)
  database.close()
}

async function shorten(page: Page, code: string, url: string): Promise<void> {
  await page.goto('/create')
  await page.getByLabel('Destination URL').fill(url)
  await page.getByLabel('Short code').fill(code)
  await page.getByRole('button', { name: 'Create link' }).click()
  await page.getByRole('heading', { name: 'Link created' }).waitFor()
}

/** Clicks are written after the redirect has been sent. */
async function waitUntilCounted(page: Page): Promise<void> {
  const expectedClicks = examples.reduce((sum, { clicks }) => sum + clicks, 0)
  const counted = page.locator('.totals').getByText(String(expectedClicks), { exact: true })
  for (let attempt = 0; attempt < 20; attempt += 1) {
    await page.goto('/dashboard')
    if (await counted.isVisible()) return
    await page.waitForTimeout(250)
  }
  throw new Error('The clicks are not counted.')
}

async function screenshotPages(
  browser: Browser,
  program: Program,
  { name, ...contextOptions }: (typeof viewports)[number],
): Promise<void> {
  await using session = await visit(browser, program, contextOptions)
  const { page, open } = session
  const screenshot = (pageName: string, fullPage = false) =>
    page.screenshot({ path: join(root, screenshotFolder, `${pageName}-${name}.png`), fullPage })
  await open('/')
  await screenshot('home')
  await open('/login')
  await screenshot('login')
  await signInAs(session, ann)
  // The second load no longer shows the flash.
  await open('/dashboard')
  await screenshot('dashboard')
  await open('/links/tickets?days=30')
  await screenshot('clicks', true)
  await open('/create')
  await screenshot('create')
  // Deleted again below, so that every viewport shows the same dashboard.
  await shorten(page, `poster-${name}`, 'https://example.com/events/open-day?ref=poster')
  await screenshot('created')
  await open('/dashboard')
  await page
    .getByRole('row', { name: `poster-${name}` })
    .getByText('Delete')
    .first()
    .click()
  await page.getByRole('button', { name: `Delete poster-${name}` }).click()
  await page.getByText(`Link /poster-${name} deleted.`).waitFor()
  await screenshotSettings({ browser, program, session, contextOptions, screenshot, account: ann })
}

async function screenshotInViewports(
  page: Page,
  pageName: string,
  fullPage = false,
): Promise<void> {
  for (const { name, colorScheme, viewport } of viewports) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme })
    const path = join(root, screenshotFolder, `${pageName}-${name}.png`)
    await page.screenshot({ path, fullPage })
  }
}

await takeScreenshots()
