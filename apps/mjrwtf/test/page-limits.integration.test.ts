import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readLimits } from '../src/adapters/http/middleware/limit-reads.ts'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { createLink } from './support/api.ts'
import { aSignedInBrowser, textOf } from './support/browser.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

/** Rate limits use the machine's clock, which is fixed here until a test moves it. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const link: RawHeaders = [
  ['Sec-Fetch-Site', 'cross-site'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Dest', 'document'],
]

describe.each(databases)('pages with lists or statistics on %s', (kind) => {
  it('answer 429 with Retry-After after 240 of a user in a minute', async () => {
    await using app = await anApp(kind)
    const ann = await aSignedInBrowser(app)
    const bob = await aSignedInBrowser(app)
    await createLink(ann, { original_url: 'https://dest.test/', short_code: 'menu' })
    const pages = ['/dashboard', '/links/menu', '/settings/security-log', '/settings/users']
    const { max } = rateLimits.pages
    const counted = await Promise.all(
      Array.from({ length: max }, () => app.features.limits.page(ann.account.id)),
    )
    expect(counted.filter((refusal) => refusal !== null)).toEqual([])

    for (const path of pages) {
      const answer = await ann.open(path)
      expect([path, answer.status, answer.headers['retry-after']]).toEqual([path, 429, '60'])
      expect(textOf(answer)).toContain(`You have reached the limit of ${max} pages per minute.`)
    }
    expect((await ann.open('/create')).status).toBe(200)
    expect((await bob.open('/dashboard')).status).toBe(200)
    vi.setSystemTime(Date.now() + 60_000)
    for (const path of pages) expect((await ann.open(path)).status).toBe(200)
  })

  it('write one count for 20 of them', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const counters = () => app.storage.query('SELECT * FROM rate_limits')
    await browser.open('/dashboard')
    const before = await counters()
    for (let n = 0; n < 19; n += 1) await browser.open('/dashboard')
    expect(await counters()).toEqual(before)
    await browser.open('/dashboard')
    expect(await counters()).not.toEqual(before)
  })

  it('of one user are read one after the other, and beyond a queue answered 429', async () => {
    await using app = await anApp(kind)
    const ann = await aSignedInBrowser(app)
    const bob = await aSignedInBrowser(app)
    const blocked = app.faults.block('links.list')
    const first = ann.open('/dashboard')
    await blocked.reached
    app.faults.calls.length = 0
    const paths = ['/dashboard', '/api/urls']
    const waiting = Array.from({ length: readLimits.maxQueued + 3 }, (_, n) =>
      ann.open(paths[n % 2] ?? ''),
    )
    const refused = await Promise.race(waiting)
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1'])
    expect(app.faults.calls).not.toContain('links.list')
    // Other pages of the user, other users, and links from other sites do not wait for them.
    expect((await ann.open('/settings/account')).status).toBe(200)
    expect((await bob.open('/dashboard')).status).toBe(200)
    expect((await ann.send('/dashboard', { headers: link })).status).toBe(200)

    blocked.release()
    const statuses = (await Promise.all([first, ...waiting])).map(({ status }) => status)
    expect(statuses.filter((status) => status === 429)).toHaveLength(3)
    expect(statuses.filter((status) => status === 200)).toHaveLength(readLimits.maxQueued + 1)
  })

  it('search for another site only after the user has started the search', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    await createLink(browser, { original_url: 'https://dest.test/', short_code: 'menu' })
    app.faults.calls.length = 0
    const offered = await browser.send('/dashboard?q=%22men', { headers: link })
    expect([offered.status, textOf(offered)]).toEqual([
      200,
      expect.stringContaining('Another site opened this search.'),
    ])
    expect(offered.body).toContain('value="&quot;men"')
    expect(app.faults.calls).not.toContain('links.search')
    expect((await browser.open('/dashboard?q=men')).body).toContain('/links/menu/edit')
    expect(app.faults.calls).toContain('links.search')
  })
})
