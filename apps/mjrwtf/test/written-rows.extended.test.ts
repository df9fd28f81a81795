import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nodeSecrets } from '../src/adapters/crypto/secrets.ts'
import { clickLimits } from '../src/application/links/click-limit.ts'
import { maxListedEvents } from '../src/application/security-log/event-budget.ts'
import { maxImportedLinks } from '../src/application/transfer/check-import.ts'
import { linkDefaults } from '../src/domain/link.ts'
import { maxPersonalTokens } from '../src/domain/personal-token.ts'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { listSecurityEventKinds } from '../src/domain/security-event.ts'
import { hour, minute, second } from '../src/domain/time.ts'
import { aBrowser, type Browser } from './support/browser.ts'
import { openedLink } from './support/emails.ts'
import { type Account, proxied, type TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const page = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8')

interface Bound {
  readonly account: number
  readonly ipGroup: number
}

/** The table of docs/limits.md. */
function readBounds(): ReadonlyMap<string, Bound> {
  const [, section = ''] = page.split('\n## Rows written in an hour\n')
  const rows = (section.split(/\n## /, 1)[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  return new Map(
    rows.flatMap((row) => {
      const [, names = '', account = '', ipGroup = ''] = row.split('|').map((cell) => cell.trim())
      const bound = { account: Number(account), ipGroup: Number(ipGroup) }
      return names.split(', ').map((name) => [name.replaceAll('`', ''), bound] as const)
    }),
  )
}

async function countRows(app: TestApp): Promise<ReadonlyMap<string, number>> {
  const tables = await app.storage.query(
    app.storage.kind === 'sqlite'
      ? `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
          AND name NOT LIKE 'link_search%'`
      : `SELECT table_name AS name FROM information_schema.tables
          WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  )
  const counts = new Map<string, number>()
  for (const table of tables) {
    const name = 'name' in table ? String(table.name) : ''
    const [row] = await app.storage.query(`SELECT count(*) AS rows_written FROM ${name}`)
    counts.set(name, row !== undefined && 'rows_written' in row ? Number(row.rows_written) : 0)
  }
  return counts
}

/** Writes what is queued, then returns the rows that were added to each table since `before`. */
async function addedRows(app: TestApp, before: ReadonlyMap<string, number>) {
  await app.sendRequestedEmails()
  await app.runDetection()
  app.features.securityLog.recordCounts()
  await app.flushSecurityEvents()
  await app.flushActivity()
  await app.flushClicks()
  const after = await countRows(app)
  return new Map(
    [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const),
  )
}

/** Fails for a table without a bound. */
function expectWithin(added: ReadonlyMap<string, number>, who: keyof Bound): void {
  const bounds = readBounds()
  for (const [table, count] of added) {
    expect(bounds.has(table), `docs/limits.md states a bound for ${table}`).toBe(true)
    expect([table, count]).toEqual([table, Math.min(count, bounds.get(table)?.[who] ?? 0)])
  }
}

/** Rate limits use the machine's clock, all else the app's. */
function advance(app: TestApp, length: number): void {
  vi.setSystemTime(Date.now() + length)
  app.clock.advance(length)
}

const mail = { SMTP_URL: 'smtp://localhost:25', MAIL_FROM: 'a@b.test' }
const env = { ...proxied, ...mail, AUTH_TOKEN: 'a-shared-bearer-token-of-old' }

/** A new client, behind the one IP address of the attack. */
const aClient = (app: TestApp) => aBrowser(app, from('203.0.113.7'))

const from = (ipAddress: string): RawHeaders => [['X-Forwarded-For', ipAddress]]

async function repeat(times: number, action: (n: number) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < times; n += 1) await action(n)
}

/** Signs in on as many new browsers as possible, of which one is returned. */
async function signInRepeatedly(app: TestApp, account: Account): Promise<Browser> {
  await repeat(rateLimits.signIns.max - 1, () => aClient(app).signIn(account))
  const browser = aClient(app)
  expect((await browser.signIn(account)).status).toBe(303)
  await repeat(20, () => aClient(app).signIn(account))
  return browser
}

/** Changes the password as often as possible, and back. */
async function changePasswords(app: TestApp, account: Account, browser: Browser): Promise<void> {
  const passwords = [account.password, 'lantern gravel oboe sixty']
  await repeat(2 * Math.ceil(rateLimits.passwordChanges.max / 2 + 1), async (n) => {
    const [current_password = '', new_password = ''] =
      n % 2 === 0 ? passwords : passwords.toReversed()
    await browser.submit('/settings/password', { current_password, new_password })
    await aClient(app).submit('/forgot', { email: account.email })
    await app.sendRequestedEmails()
  })
}

/** Uses the account in every way that writes rows, with its password and a session. */
async function attackAccount(app: TestApp, account: Account, browser: Browser): Promise<void> {
  const { email, password } = account
  const { signIn, operator, email: emails } = app.features
  await repeat(30, () => browser.submit('/reauthenticate', { password }))
  await repeat(10, (n) => browser.submit('/settings/email', { email: `new-${n}@users.test` }))
  await repeat(10, () => browser.submit('/settings/email/cancel', {}, { on: '/settings/account' }))
  await repeat(10, () => emails.requestVerification(account, { ipAddress: null, userAgent: null }))
  await repeat(30, () => browser.open('/settings/security-log?format=csv'))
  await repeat(30, () => browser.submit('/settings/export', { file: 'links' }))
  await repeat(210, () => operator.createInvite(account))
  await repeat(70, () => createToken(app, account))
  await createLinks(browser)
  const form = await openForm(app, browser, { page: '/create' })
  const anonymous = aClient(app)
  await repeat(70, (n) =>
    form.send({ original_url: `https://dest.test/${n}` }, { from: anonymous }),
  )
  await repeat(60, (n) => browser.open('/dashboard', from(`198.51.100.${n}`)))
  await repeat(60, (n) => browser.open('/dashboard', [['User-Agent', `agent ${n}`]]))
  await repeat(30, () => aClient(app).submit('/forgot', { email }))
  const wrong = { email, password: 'wrong' }
  await repeat(30, () => signIn.authenticate({ ...wrong, ipAddress: '203.0.113.7' }))
  await repeat(20, () => aClient(app).signIn(account))
  await app.sendRequestedEmails()
}

function createToken({ features }: TestApp, user: Account) {
  const client = { ipAddress: null, userAgent: null }
  const input = { name: 'T', scopes: ['links:read'], networks: '', lifetime: '7', expiresOn: '' }
  return features.personalTokens.create({ user, client, id: nodeSecrets.id(), input })
}

/** Creates more links than allowed, by page and API, and changes and deletes some. */
async function createLinks(browser: Browser): Promise<void> {
  const destination = { original_url: 'https://dest.test/' }
  await repeat(5, () => browser.submit('/create', destination))
  const codes: string[] = []
  await repeat(rateLimits.links.max + 10, async () => {
    const created = await browser.call('POST', '/api/urls', destination)
    const [, code] = /"short_code":"([^"]+)"/.exec(created.body) ?? []
    if (code !== undefined) codes.push(code)
  })
  for (const code of codes.slice(0, 5)) {
    await browser.submit(`/links/${code}/edit`, { original_url: 'https://dest.test/new' })
    await browser.call('DELETE', `/api/urls/${code}`)
  }
}

/** What a client without an account can do, as fast as the throttles let it. */
async function attackFromOneAddress(app: TestApp, known: Account): Promise<void> {
  const browser = aClient(app)
  await repeat(60, (n) => {
    const fields = { email: `n${n}@users.test`, password: `lantern gravel oboe ${n}` }
    return aClient(app).submit('/signup', fields)
  })
  await repeat(40, (n) => browser.submit('/forgot', { email: `nobody-${n}@users.test` }))
  await repeat(10, () => browser.submit('/forgot', { email: known.email }))
  await repeat(40, async (n) => {
    const link = await openedLink(app, `/reset?token=${'A'.repeat(41)}${n + 10}`, browser)
    await link.open('/reset')
  })
  await repeat(40, (n) =>
    browser.send('/api/urls', { headers: [['Authorization', `Bearer guess-${n}`]] }),
  )
  await repeat(100, () => browser.send('/csp-reports', { method: 'POST', body: '{}' }))
  await followLinks(app)
  await guessFor(app, '203.0.113.7', 59 * minute)
}

const followedLinks = clickLimits.linksPerVisitor + 20

/** Follows more links than are counted, each often and from invented referrers. */
async function followLinks(app: TestApp): Promise<void> {
  const visitor = aClient(app)
  for (const round of [1, 2, 3]) {
    await repeat(followedLinks, (n) =>
      visitor.send(`/code-${n}`, { headers: [['Referer', `https://${round}-${n}.example/`]] }),
    )
  }
}

async function addLinks(app: TestApp, ownerId: string): Promise<void> {
  await repeat(followedLinks, async (n) => {
    const details = { ...linkDefaults, destination: 'https://dest.test/' }
    const link = { id: `link-${n}`, shortCode: `code-${n}`, ownerId, createdAt: 1, ...details }
    expect(await app.persistence.links.add(link)).toBe('added')
  })
}

/** Guesses one password for ever new emails, each time as soon as it is allowed. */
async function guessFor(app: TestApp, ipAddress: string, length: number): Promise<void> {
  const end = app.clock.now() + length
  for (let n = 0; app.clock.now() < end; n += 1) {
    const credentials = { email: `guess-${n}@users.test`, password: 'Summer2026!', ipAddress }
    const result = await app.features.signIn.authenticate(credentials)
    if (result.status === 'throttled') advance(app, result.retryAfterSeconds * second)
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe.each(databases)('rows written in an hour of attack on %s', (kind) => {
  it('by one account stay within docs/limits.md', async () => {
    await using app = await anApp(kind, { env: { ...env, SIGNUP: 'invite' } })
    const operator = await app.account('owner@users.test')
    await app.storage.query('UPDATE users SET email_verified_at = created_at')
    const before = await countRows(app)
    const browser = await signInRepeatedly(app, operator)
    for (const _ of [1, 2]) {
      await attackAccount(app, operator, browser)
      advance(app, 29 * minute)
    }
    await browser.submit('/reauthenticate', { password: operator.password })
    await changePasswords(app, operator, browser)
    const added = await addedRows(app, before)
    expectWithin(added, 'account')
    // The attack reached the bounds, so they are no larger than they have to be.
    expect(added.get('sessions')).toBe(120)
    expect(added.get('invites')).toBe(rateLimits.invites.max)
    expect(added.get('personal_access_tokens')).toBe(maxPersonalTokens)
    // Twice as many in an hour of two attacks.
    expect(added.get('short_codes')).toBe(2 * rateLimits.links.max)
  }, 600_000)

  it('by one IP address stay within docs/limits.md', async () => {
    await using app = await anApp(kind, { env: { ...env, SIGNUP: 'open' } })
    const known = await app.account('owner@users.test')
    await addLinks(app, known.id)
    const before = await countRows(app)
    await attackFromOneAddress(app, known)
    const added = await addedRows(app, before)
    expectWithin(added, 'ipGroup')
    expect(added.get('users')).toBe(rateLimits.signUp.max)
    expect(added.get('click_days')).toBe(clickLimits.linksPerVisitor)
    expect(added.get('attempts')).toBeGreaterThan(30)
  }, 600_000)

  it('have a bound for every table', async () => {
    await using app = await anApp(kind)
    const bounds = readBounds()
    const tables = [...(await countRows(app)).keys()]
    expect(tables.filter((table) => !bounds.has(table))).toEqual([])
  })
})

it('docs/limits.md derives the rows of an account and an IP group from the limits', () => {
  const bounds = readBounds()
  const { signUp, invites, links, imports } = rateLimits
  const { storedPerVisitor, originsPerVisitor, linksPerVisitor } = clickLimits
  const importedLinks = 2 * imports.max * maxImportedLinks
  const createdLinks = links.max * (hour / links.window + 1)
  expect(bounds.get('links')?.account).toBe(createdLinks + importedLinks)
  const rowsPerMinute = storedPerVisitor + originsPerVisitor + linksPerVisitor
  expect(bounds.get('clicks')?.ipGroup).toBe(rowsPerMinute * 60)
  expect(bounds.get('click_days')?.ipGroup).toBe(linksPerVisitor * 60)
  expect(bounds.get('sessions')?.ipGroup).toBe(signUp.max)
  expect(bounds.get('users')?.ipGroup).toBe(signUp.max)
  expect(bounds.get('invites')?.account).toBe(invites.max)
  expect(bounds.get('security_events')?.account).toBe(
    listSecurityEventKinds().length * (maxListedEvents + 1),
  )
})
