import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser } from './support/browser.ts'
import { type EventListener, listen } from './support/event-listener.ts'
import { openApp, type TestApp } from './support/open-app.ts'
import { databases, openStorage } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const minute = 60_000
const soon = { timeout: 10_000 }
const idOf = (browser: Browser) => browser.sessionCookie().split('.')[0] ?? ''
const countReads = (app: TestApp) => app.faults.calls.filter((call) => call === 'store.find').length

/** Listens, and waits until the channel is heard: that begins with a look at every session. */
async function listenAndWait(app: TestApp, browser: Browser): Promise<EventListener> {
  const before = countReads(app)
  const page = await listen(app, browser)
  await expect.poll(() => countReads(app), soon).toBeGreaterThanOrEqual(before + 2)
  return page
}

const ended = (message: string) => `event: ended\ndata: {"message":"${message}"}\n\n`

describe.each(databases)('a page that is open when its session ends, on %s', (kind) => {
  it('is told within seconds, and why, while pages of other sessions are not', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    const [here, there] = [await listenAndWait(app, browser), await listen(app, other)]
    expect([there.status, there.contentType]).toEqual([200, 'text/event-stream; charset=utf-8'])
    const sessionId = idOf(other)
    await app.features.ownSessions.end({ userId: browser.account.id, sessionId })
    await there.ended
    expect(there.text()).toMatch(/^: connected\n\n/)
    expect(there.text()).toContain(ended('You were signed out from another device.'))
    expect(here.text()).not.toContain('event:')
    expect(app.sessionEnds.count()).toBe(1)
    here.close()
    await expect.poll(app.sessionEnds.count, soon).toBe(0)
  })

  it('is told when another process ended it, and when a hand at the database did', async () => {
    await using storage = await openStorage(kind)
    await using one = await openApp(storage)
    await using two = await openApp(storage, { clock: one.clock })
    const browser = await aSignedInBrowser(one)
    const other = await aSignedInBrowser(one, browser.account)
    const first = await listen(one, browser)
    await two.features.ownSessions.end({ userId: browser.account.id, sessionId: idOf(browser) })
    await first.ended
    expect(first.text()).toContain('event: ended')

    const second = await listen(one, other)
    await storage.query(
      `UPDATE sessions SET ended_at = created_at, end_reason = 'ended-by-operator' WHERE id = '${idOf(other)}'`,
    )
    await second.ended
    expect(second.text()).toContain(ended('An administrator signed you out.'))
  })

  it('is told nothing of changes that end nothing: a step-up, a flash, a look', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const page = await listen(app, browser)
    const { password } = browser.account
    await browser.submit('/reauthenticate', { password })
    await browser.open('/dashboard')
    // What ends another session after it is told in order: this one was looked at before.
    const other = await aSignedInBrowser(app, browser.account)
    const last = await listen(app, other)
    await other.submit('/logout', {}, { on: '/dashboard' })
    await last.ended
    app.clock.advance(minute)
    expect(page.text()).not.toContain('event:')
    expect((await browser.open('/dashboard')).status).toBe(200)
    page.close()
  })

  it('keeps no session alive: to ask and to wait are no activity, and it is told of the timeout', async () => {
    await using app = await anApp(kind, { sessionEnds: { heartbeatInterval: 20 } })
    const browser = await aSignedInBrowser(app)
    const page = await listenAndWait(app, browser)
    await app.flushActivity()
    const seen = async () => app.storage.query('SELECT last_activity_at FROM sessions')
    const before = await seen()
    app.clock.advance(20 * minute)
    // As a page does by itself whenever its connection breaks.
    const again = await listen(app, browser)
    again.close()
    const heartbeats = page.text().length
    await expect.poll(() => page.text().length, soon).toBeGreaterThan(heartbeats)
    await app.flushActivity()
    expect(await seen()).toEqual(before)
    expect(page.text()).not.toContain('event:')
    app.clock.advance(11 * minute)
    await page.ended
    expect(page.text()).toContain(ended('You were signed out because you were inactive.'))
    expect((await browser.send('/api/session')).status).toBe(401)
  })

  it('is told at once where the session was over before, or there is none', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    const cookie = other.sessionCookie()
    await other.submit('/logout', {}, { on: '/dashboard' })
    const late = await listen(app, { sessionCookie: () => cookie })
    await late.ended
    expect(late.text()).toBe(ended('You signed out.'))
    const unknownUser = await listen(app, other)
    await unknownUser.ended
    expect(unknownUser.text()).toBe(ended('You have been signed out.'))
    expect(app.sessionEnds.count()).toBe(0)
  })

  it('is told that its address is refused, where the session goes on elsewhere', async () => {
    const env = { SESSION_IP_CHECK: 'strict', TRUSTED_PROXIES: '127.0.0.1' }
    await using app = await anApp(kind, { env })
    const browser = aBrowser(app, [['X-Forwarded-For', '203.0.113.7']])
    await browser.signIn(await app.account())
    const redirect = await listen(app, browser)
    await redirect.ended
    expect(redirect.text()).toBe(ended('Your network changed, so you need to sign in again.'))
    expect((await browser.open('/dashboard')).status).toBe(200)
  })

  it('is not told that it is over when another page has just changed the cookie', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const before = browser.sessionCookie()
    const { password } = browser.account
    const fields = { current_password: password, new_password: 'seven green umbrellas in June' }
    const changed = await browser.submit('/settings/password', fields)
    expect([changed.status, browser.sessionCookie() === before]).toEqual([303, false])
    // Sent a moment before the new cookie came.
    const late = await listen(app, { sessionCookie: () => before })
    expect(late.status).toBe(204)
    expect((await listen(app, browser)).status).toBe(200)
  })

  it('waits on while the store fails, and is told when it works again', async () => {
    await using app = await anApp(kind, { sessionEnds: { heartbeatInterval: 20 } })
    const browser = await aSignedInBrowser(app)
    const page = await listen(app, browser)
    app.faults.fail('store.find', () => new SessionError('store-unavailable', 'planted'))
    const readsOn = async () => {
      const before = countReads(app)
      await expect.poll(() => countReads(app), soon).toBeGreaterThan(before + 2)
    }
    // A first look may be under way that did not fail.
    await app.storage.query('UPDATE sessions SET data_version = data_version + 1')
    await readsOn()
    const request = { userId: browser.account.id, except: null }
    expect(await app.features.ownSessions.endAll(request)).toBe(1)
    await readsOn()
    expect(page.text()).not.toContain('event:')
    app.faults.restore()
    await page.ended
    expect(page.text()).toContain('event: ended')
  })

  it('is 503 while the session cannot be asked for, with the cookie kept', async () => {
    await using app = await anApp(kind, { env: { SESSION_CACHE: 'off' } })
    const browser = await aSignedInBrowser(app)
    app.faults.fail('store.find', () => new SessionError('store-unavailable', 'planted'))
    const answer = await browser.send('/session/events')
    expect([answer.status, answer.setCookies]).toEqual([503, []])
  })
})

describe.each(databases)('how many pages are watched on %s', (kind) => {
  it('is bounded for each session, where the oldest gives way, and for the process, which answers 204', async () => {
    await using app = await anApp(kind, { sessionEnds: { maxPerSession: 2, max: 3 } })
    const browser = await aSignedInBrowser(app)
    const pages: EventListener[] = []
    for (let n = 0; n < 3; n += 1) pages.push(await listen(app, browser))
    await pages[0]?.ended
    expect(pages[0]?.text()).toBe(': connected\n\n')
    expect(app.sessionEnds.count()).toBe(2)
    const others = [await aSignedInBrowser(app), await aSignedInBrowser(app)]
    const [third, fourth] = await Promise.all(others.map((other) => listen(app, other)))
    expect([third?.status, fourth?.status].toSorted()).toEqual([200, 204])
    expect(app.sessionEnds.count()).toBe(3)
  })

  it('is none for HEAD, for other sites, and once the server stops', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const head = await browser.send('/session/events', { method: 'HEAD' })
    expect([head.status, head.headers['content-type']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ])
    expect(head.headers['cache-control']).toBe('no-store')
    const embedded = await browser.send('/session/events', {
      headers: [
        ['Sec-Fetch-Site', 'cross-site'],
        ['Sec-Fetch-Mode', 'cors'],
        ['Sec-Fetch-Dest', 'empty'],
      ],
    })
    expect(embedded.status).toBe(403)
    expect((await browser.send('/session/events', { method: 'POST' })).status).toBe(405)

    const page = await listen(app, browser)
    await app.sessionEnds.close()
    await page.ended
    expect(page.text()).toBe(': connected\n\n')
    expect((await listen(app, browser)).status).toBe(204)
  })

  it('is none for a page of a stranger: it asks for nothing', async () => {
    await using app = await anApp(kind)
    const visitor = await aBrowser(app).open('/login')
    expect(visitor.body).not.toContain('data-session-events')
    const browser = await aSignedInBrowser(app)
    const { body } = await browser.open('/dashboard')
    expect(body).toContain('data-session-events="/session/events" hidden')
  })
})
