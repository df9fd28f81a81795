import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser } from './support/browser.ts'
import { type EventListener, listen } from './support/event-listener.ts'
import { openApp, type TestApp } from './support/open-app.ts'
import { databases, openStorage } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const minute = 60_000
const idOf = (browser: Browser) => browser.sessionCookie().split('.')[0] ?? ''
const countReads = (app: TestApp) => app.faults.calls.filter((call) => call === 'store.find').length

/** Listens, and waits for the read that finds an end since the verification. */
async function listenAndWait(app: TestApp, browser: Browser): Promise<EventListener> {
  const before = countReads(app)
  const page = await listen(app, browser)
  await expect.poll(() => countReads(app)).toBeGreaterThan(before)
  return page
}

const ended = (message: string) => `event: ended\ndata: {"message":"${message}"}\n\n`

describe.each(databases)('session-end notifications, on %s', (kind) => {
  it('reach the page of the ended session with the reason, and no other page', async () => {
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
    await expect.poll(app.sessionEnds.count).toBe(0)
  })

  it('are sent for ends by other processes and by direct SQL', async () => {
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

  it('are not sent for changes that end nothing (step-up, flash, read)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const page = await listen(app, browser)
    const { password } = browser.account
    await browser.submit('/reauthenticate', { password })
    await browser.open('/dashboard')
    // Notifications are in order: this session was read before the other one.
    const other = await aSignedInBrowser(app, browser.account)
    const last = await listen(app, other)
    await other.submit('/logout', {}, { on: '/dashboard' })
    await last.ended
    app.clock.advance(minute)
    expect(page.text()).not.toContain('event:')
    expect((await browser.open('/dashboard')).status).toBe(200)
    page.close()
  })

  it('listening does not extend the session, and its timeout is reported', async () => {
    await using app = await anApp(kind, { sessionEnds: { heartbeatInterval: 20 } })
    const browser = await aSignedInBrowser(app)
    const page = await listenAndWait(app, browser)
    await app.flushActivity()
    const seen = async () => app.storage.query('SELECT last_activity_at FROM sessions')
    const before = await seen()
    app.clock.advance(20 * minute)
    // As a page does when its connection breaks.
    const again = await listen(app, browser)
    again.close()
    const heartbeats = page.text().length
    await expect.poll(() => page.text().length).toBeGreaterThan(heartbeats)
    await app.flushActivity()
    expect(await seen()).toEqual(before)
    expect(page.text()).not.toContain('event:')
    app.clock.advance(11 * minute)
    await page.ended
    expect(page.text()).toContain(ended('You were signed out because you were inactive.'))
    expect((await browser.send('/api/session')).status).toBe(401)
  })

  it('are sent at once if the session has already ended or there is none', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    const cookie = other.sessionCookie()
    await other.submit('/logout', {}, { on: '/dashboard' })
    const late = await listen(app, { sessionCookie: () => cookie })
    await late.ended
    expect(late.text()).toBe(ended('You signed out.'))
    const signedOut = await listen(app, other)
    await signedOut.ended
    expect(signedOut.text()).toBe(ended('You have been signed out.'))
    expect(app.sessionEnds.count()).toBe(0)
  })

  it('report a rejected IP address while the session stays active elsewhere', async () => {
    const env = { SESSION_IP_CHECK: 'strict', TRUSTED_PROXIES: '127.0.0.1' }
    await using app = await anApp(kind, { env })
    const browser = aBrowser(app, [['X-Forwarded-For', '203.0.113.7']])
    await browser.signIn(await app.account())
    const rejected = await listen(app, browser)
    await rejected.ended
    expect(rejected.text()).toBe(ended('Your network changed, so you need to sign in again.'))
    expect((await browser.open('/dashboard')).status).toBe(200)
  })

  it('answer 204 to a replaced cookie instead of reporting an end', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const before = browser.sessionCookie()
    const { password } = browser.account
    const fields = { current_password: password, new_password: 'seven green umbrellas in June' }
    const changed = await browser.submit('/settings/password', fields)
    expect([changed.status, browser.sessionCookie() === before]).toEqual([303, false])
    // Sent a moment before the new cookie arrived.
    const late = await listen(app, { sessionCookie: () => before })
    expect(late.status).toBe(204)
    expect((await listen(app, browser)).status).toBe(200)
  })

  it('keep waiting while the store fails, and report the end after it recovers', async () => {
    await using app = await anApp(kind, { sessionEnds: { heartbeatInterval: 20 } })
    const browser = await aSignedInBrowser(app)
    const page = await listen(app, browser)
    app.faults.fail('store.find', () => new SessionError('store-unavailable', 'planted'))
    const readsOn = async () => {
      const before = countReads(app)
      await expect.poll(() => countReads(app), { timeout: 10_000 }).toBeGreaterThan(before + 2)
    }
    // A first read may be in flight that does not fail.
    await app.storage.query('UPDATE sessions SET data_version = data_version + 1')
    await readsOn()
    // As another process does. An end by this process is reported without a read.
    await app.storage.query(
      "UPDATE sessions SET ended_at = created_at, end_reason = 'ended-by-operator'",
    )
    await readsOn()
    expect(page.text()).not.toContain('event:')
    app.faults.restore()
    await page.ended
    expect(page.text()).toContain('event: ended')
  })

  it('answer 503 with the cookie kept while the session cannot be read', async () => {
    await using app = await anApp(kind, { env: { SESSION_CACHE: 'off' } })
    const browser = await aSignedInBrowser(app)
    app.faults.fail('store.find', () => new SessionError('store-unavailable', 'planted'))
    const answer = await browser.send('/session/events')
    expect([answer.status, answer.setCookies]).toEqual([503, []])
  })
})

describe.each(databases)('SSE connection limits on %s', (kind) => {
  it('closes the oldest connection of a session or of a user at the limit', async () => {
    await using app = await anApp(kind, { sessionEnds: { maxPerSession: 2, maxPerUser: 3 } })
    const browser = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app, browser.account)
    const pages: EventListener[] = []
    for (let n = 0; n < 3; n += 1) pages.push(await listen(app, browser))
    await pages[0]?.ended
    expect(pages[0]?.text()).toBe(': connected\n\n')
    expect(app.sessionEnds.count()).toBe(2)
    for (let n = 0; n < 2; n += 1) expect((await listen(app, other)).status).toBe(200)
    await pages[1]?.ended
    expect(app.sessionEnds.count()).toBe(3)
    // Another user's limit is their own.
    expect((await listen(app, await aSignedInBrowser(app))).status).toBe(200)
    expect(app.sessionEnds.count()).toBe(4)
  })

  it('closes the oldest connection of the user with most for new users until each has one', async () => {
    await using app = await anApp(kind, { sessionEnds: { max: 3 } })
    const browser = await aSignedInBrowser(app)
    const pages: EventListener[] = []
    for (let n = 0; n < 3; n += 1) pages.push(await listen(app, browser))
    for (let n = 0; n < 2; n += 1) {
      expect((await listen(app, await aSignedInBrowser(app))).status).toBe(200)
      await pages[n]?.ended
    }
    const last = await listen(app, await aSignedInBrowser(app))
    expect([last.status, app.sessionEnds.count()]).toEqual([204, 3])
    expect(pages[2]?.text()).not.toContain('event:')
  })

  it('opens no stream for HEAD, for other sites, or once the server stops', async () => {
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

  it('pages of anonymous visitors do not connect', async () => {
    await using app = await anApp(kind)
    const visitor = await aBrowser(app).open('/login')
    expect(visitor.body).not.toContain('data-session-events')
    const browser = await aSignedInBrowser(app)
    const { body } = await browser.open('/dashboard')
    expect(body).toContain('data-session-events="/session/events" hidden')
  })
})
