import { describe, expect, it } from 'vitest'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { aBrowser, aSignedInBrowser, type Browser } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const load = (site: string, mode: string, dest: string): RawHeaders => [
  ['Sec-Fetch-Site', site],
  ['Sec-Fetch-Mode', mode],
  ['Sec-Fetch-Dest', dest],
]

const link = load('cross-site', 'navigate', 'document')

/** Other ways in which a site makes a browser send a safe request. */
const embeddings: readonly RawHeaders[] = [
  load('same-site', 'navigate', 'document'),
  load('cross-site', 'navigate', 'iframe'),
  load('cross-site', 'no-cors', 'image'),
  load('cross-site', 'cors', 'empty'),
]

const guess = 'A'.repeat(43)

/** Queries that make a page do more than without one. */
const queries = ['', '?format=csv', '?format=json', `?token=${guess}`, `?code=${guess}`, '?q=a']

function pathsOf(app: TestApp): readonly string[] {
  const paths = app.routes
    .filter((route) => route.startsWith('GET /'))
    .map((route) => route.slice(4).replace(/:\w+/, 'abc'))
  return [...paths, '/abc', '/abc+', '/unknown', '/no/page']
}

/** Sends every safe request that another site can cause, to every route. */
async function visitAll(app: TestApp, browser: Browser): Promise<void> {
  for (const path of pathsOf(app)) {
    for (const query of queries) await browser.send(`${path}${query}`, { headers: link })
    // The page behind an email link reads the token that the link left in a cookie.
    await browser.send(path, { headers: link })
    await browser.send(path, { method: 'HEAD', headers: link })
    for (const headers of embeddings) await browser.send(`${path}?format=csv`, { headers })
  }
}

const countingCalls = /^(?:rateLimiter\.consume|attempts\.)/

describe.each(databases)('safe requests of another site on %s', (kind) => {
  it('count towards no limit, on any route', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    await app.features.accounts.issueSetUpCode()
    const browser = await aSignedInBrowser(app)
    await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test/',
      short_code: 'abc',
    })
    const counters = () => app.storage.query('SELECT * FROM rate_limits ORDER BY key')
    const before = await counters()
    expect(before).not.toEqual([])
    app.faults.calls.length = 0
    await visitAll(app, browser)
    await visitAll(app, aBrowser(app))
    expect(app.faults.calls.filter((call) => countingCalls.test(call))).toEqual([])
    expect(await counters()).toEqual(before)
    expect(app.sessionEnds.count()).toBe(0)
  }, 180_000)

  it('do not use up the exports, API calls or links of the user', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const linked = { headers: link }
    const csv = '/settings/security-log?format=csv'
    for (let n = 0; n < rateLimits.exports.max + 2; n += 1) {
      const answer = await browser.send(csv, linked)
      // The page, as for every link from another site.
      expect([answer.status, answer.headers['content-disposition']]).toEqual([200, undefined])
    }
    for (let n = 0; n < 5; n += 1)
      expect((await browser.send('/api/urls', linked)).status).toBe(403)
    const file = await browser.open(csv)
    expect(file.headers['content-disposition']).toMatch(/^attachment/)
    // Without Fetch Metadata it is unknown which site caused the request.
    const unknown = await browser.send(csv)
    expect([unknown.status, unknown.headers['content-disposition']]).toEqual([200, undefined])
  })
})
