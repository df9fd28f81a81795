import { beforeAll, describe, expect, it } from 'vitest'
import { cursorText } from '../src/adapters/http/responses/cursor.ts'
import { aBrowser, aSignedInBrowser, type SignedInBrowser } from './support/browser.ts'
import { type DatabaseSize, fillDatabase } from './support/large-database.ts'
import type { TestApp } from './support/open-app.ts'
import type { TestResponse } from './support/send.ts'
import { openCostMeter, type StatementCost } from './support/statement-costs.ts'
import { type RecordedStatement, recordStatements } from './support/statement-recorder.ts'
import { testChain } from './support/test-chain.ts'
import { anApp } from './support/use-app.ts'

/** SQLite executes this many instructions in about 2 ms, and blocks the process meanwhile. */
const maxInstructions = 50_000
/** The greatest offset: it is counted in a merge of the lists of four states. Links to pages use cursors, which need none. */
const greatestOffset = {
  name: 'a page far behind the first one',
  maxInstructions: 350_000,
} as const
/** Accesses to pages; in memory they take about 5 ms. A batch of a deletion needs the most. */
const maxPages = 5_500

/** A cursor in the middle of the links. */
const fromMiddle = cursorText({
  direction: 'newer',
  index: 50,
  place: { key: 0, position: 2 ** 30 + 50 },
})

/** Statements of some requests only: a heartbeat, a batch of a rate limit, a session that is not cached. */
const occasionalInstructions = 1_000

type Request = (browser: SignedInBrowser, busyCode: string, app: TestApp) => Promise<TestResponse>
type Costs = readonly StatementCost[]

const requests: Readonly<Record<string, Request>> = {
  'the dashboard': (browser) => browser.open('/dashboard'),
  'the dashboard with 100 links': (browser) => browser.open('/dashboard?limit=100'),
  'a later page of the dashboard': async (browser) => {
    const { body } = await browser.open('/dashboard')
    const [, path = ''] = /href="([^"]+)" rel="next"/.exec(body) ?? []
    return browser.open(path.replaceAll('&amp;', '&'))
  },
  'a search that finds every link': (browser) => browser.open('/dashboard?q=newsletter'),
  'a search that finds one link': (browser) => browser.open('/dashboard?q=articles/7919'),
  'a search that finds nothing': (browser) => browser.open(`/dashboard?q=${'articles'.repeat(24)}`),
  'a search for two characters': (browser) => browser.open('/dashboard?q=~~'),
  'the first links over the API': (browser) => browser.open('/api/urls?limit=100'),
  'a page far behind the first one': (browser) => browser.open('/dashboard?offset=10000'),
  'a newer page of the dashboard': (browser) => browser.open(`/dashboard?cursor=${fromMiddle}`),
  'a search that skips links': (browser) => browser.open('/api/urls?q=example&offset=1000'),
  'a search for text whose parts all links have': (browser) =>
    browser.open('/dashboard?q=example.com/www/articles?newsletter'),
  'the security log by topic': (browser) => browser.open('/settings/security-log?kind=account'),
  'the list of sessions': (browser) => browser.open('/settings/sessions'),
  'the deletion form': (browser) => browser.open('/settings/delete'),
  'the security log': (browser) => browser.open('/settings/security-log'),
  'the list of users': (browser) => browser.open('/settings/users'),
  'the home page': (browser) => browser.open('/'),
  'the page of a link': (browser, code) => browser.open(`/links/${code}`),
  'the page of a link for a year': (browser, code) => browser.open(`/links/${code}?days=all`),
  'the page of a link in a time zone': (browser, code) =>
    browser.open(`/links/${code}?days=90&zone=Asia/Kathmandu`),
  'the analytics of a link': (browser, code) => browser.open(`/api/urls/${code}/analytics`),
  'the analytics of a link in a range': (browser, code) =>
    browser.open(
      `/api/urls/${code}/analytics?start_time=2026-01-02T03:04:05Z&end_time=2026-01-15T09:20:30Z`,
    ),
  'the preview of a link': (browser, code) => browser.open(`/${code}+`),
  'the edit form of a link': (browser, code) => browser.open(`/links/${code}/edit`),
  'editing a link': (browser, code) =>
    browser.call('PATCH', `/api/urls/${code}`, { original_url: 'https://example.com/new' }),
  'creating a link': (browser) =>
    browser.call('POST', '/api/urls', { original_url: 'https://example.com/new' }),
  'following a link, and its click': async (_browser, code, app) => {
    const answer = await app.send(`/${code}`)
    await app.flushClicks()
    return answer
  },
  'signing in and out': async (browser, _code, app) => {
    const other = aBrowser(app)
    await other.signIn(browser.account)
    return other.submit('/logout', {}, { on: '/dashboard' })
  },
  'an export': (browser) => browser.submit('/settings/export', { file: 'links' }),
  'deleting an account': async (browser, _code, app) => {
    await app.persistence.accounts.remove(`other-than-${browser.account.id}`)
    for (let batch = 0; batch < 5; batch += 1)
      await app.persistence.accounts.removeDataBatch(testChain())
    return browser.open('/health')
  },
  'deleting a link': (browser, code) => browser.call('DELETE', `/api/urls/${code}`),
}

/** Searches that look further where there is more, within a bound of their own. */
const maxRatios: Readonly<Record<string, number>> = {
  // A thousand single clicks of each quarter-hour at the ends of the range.
  'the analytics of a link in a range': 60,
  // Six parts of the index instead of one.
  'a search that finds one link': 2,
  // As many statements as the account has thousands of links.
  'an export': 1_000,
  // A whole batch instead of a hundred links.
  'deleting an account': 4,
  // Too short for the index: the newest 1,600 links instead of 100.
  'a search for two characters': 16,
  // A thousand links instead of 100.
  'a search that skips links': 15,
  // The index has 10,000 links to skip instead of 100.
  'a page far behind the first one': 100,
}

/** Sends the requests to an app with the database, and measures each of their statements. */
async function measureRequests(size: DatabaseSize): Promise<ReadonlyMap<string, Costs>> {
  using recorder = recordStatements()
  await using app = await anApp('sqlite')
  const browser = await aSignedInBrowser(app)
  const now = app.clock.now()
  const userId = browser.account.id
  const { busyCode } = await fillDatabase(app.storage, { ...size, userId, now })
  await app.storage.query('PRAGMA wal_checkpoint(TRUNCATE)')
  using meter = await openCostMeter(app.storage.url.replace('sqlite:', ''))

  const recorded = new Map<string, readonly RecordedStatement[]>()
  for (const [name, send] of Object.entries(requests)) {
    recorder.take()
    const { status } = await send(browser, busyCode, app)
    expect([name, status < 400]).toEqual([name, true])
    recorded.set(name, recorder.take())
  }
  return new Map([...recorded].map(([name, statements]) => [name, statements.map(meter.measure)]))
}

describe('statements of one request on SQLite', () => {
  let small: ReadonlyMap<string, Costs> = new Map()
  let large: ReadonlyMap<string, Costs> = new Map()
  beforeAll(async () => {
    small = await measureRequests({ links: 100, clicks: 1_000, days: 366 })
    large = await measureRequests({ links: 100_000, clicks: 10_000_000, days: 366 })
  }, 120_000)

  it.each(Object.keys(requests))('%s: stay within the budget at 10 million clicks', (name) => {
    const costs = large.get(name) ?? []
    expect(costs.length).toBeGreaterThan(0)
    const max = name === greatestOffset.name ? greatestOffset.maxInstructions : maxInstructions
    const excessive = costs.filter(
      ({ instructions, pages }) => instructions > max || pages > maxPages,
    )
    expect(excessive).toEqual([])
  })

  it.each(Object.keys(requests))('%s: visit no more rows than in a small database', (name) => {
    const instructionsIn = (costs: Costs = []) =>
      costs.reduce((sum, { instructions }) => sum + instructions, 0)
    const [few, many] = [instructionsIn(small.get(name)), instructionsIn(large.get(name))]
    expect(many).toBeLessThanOrEqual(few * (maxRatios[name] ?? 1.5) + occasionalInstructions)
  })
})
