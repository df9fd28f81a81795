import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const minute = 60_000
const path = '/settings/users'

/** The operator and two other signed-in users. */
async function signInUsers(app: TestApp) {
  const operator = await aSignedInBrowser(app)
  app.clock.advance(minute)
  const ann = await aSignedInBrowser(app)
  app.clock.advance(minute)
  const bob = await aSignedInBrowser(app)
  return { operator, ann, bob }
}

function submitAction(app: TestApp, browser: Browser, action: string): Promise<TestResponse> {
  const headers: RawHeaders = [['Referer', `${app.baseUrl}${path}`]]
  return browser.submit(`${path}/${action}`, {}, { on: '/settings/sessions', headers })
}

const statusOf = async (browser: Browser) => (await browser.send('/api/session')).status

const readEndings = (app: TestApp) =>
  app.storage.query('SELECT user_id, end_reason, ended_by FROM sessions WHERE ended_at IS NOT NULL')

interface LoggedEvent {
  readonly event: string
  readonly detail: string | null
  readonly ip_address: string | null
}

async function logOf(browser: Browser): Promise<readonly LoggedEvent[]> {
  return JSON.parse((await browser.open('/settings/security-log?format=json')).body).events
}

describe.each(databases)('operator: user list on %s (V7.4.5, CS-SM-20)', (kind) => {
  it('lists accounts, newest first, with their session count and last activity', async () => {
    await using app = await anApp(kind)
    const { operator, ann, bob } = await signInUsers(app)
    await aSignedInBrowser(app, ann.account)
    await bob.submit('/logout', {}, { on: '/dashboard' })
    await app.flushSecurityEvents()
    app.clock.advance(10 * minute)
    const neverSignedIn = await app.account()
    const answer = await operator.open(path)
    expect(answer.status).toBe(200)
    const rows = answer.body
      .split('<li class="device managed">')
      .slice(1)
      .map((body) => textOf({ body }))
    expect(rows).toHaveLength(4)
    const [noSession = '', out = '', twice = '', here = ''] = rows
    expect(noSession).toContain(`${neverSignedIn.email} 0 sessions · Active: over a year ago`)
    expect(out).toContain(`${bob.account.email} 0 sessions · Active: 10 minutes ago`)
    expect(twice).toContain(`${ann.account.email} 2 sessions · Active: 10 minutes ago`)
    expect(here).toContain(`${operator.account.email} Administrator You 1 session ·`)
    expect(answer.body).not.toMatch(/\$argon2|cheap:/)
  })

  it('is paged, and invalid paging parameters fall back to the defaults', async () => {
    await using app = await anApp(kind)
    const { operator, ann, bob } = await signInUsers(app)
    const first = await operator.open(`${path}?limit=1`)
    expect(textOf(first)).toContain(bob.account.email)
    expect(textOf(first)).not.toContain(ann.account.email)
    expect(textOf(first)).toContain('1–1')
    const second = await operator.open(linkOf(first.body, 'next'))
    expect(textOf(second)).toContain(ann.account.email)
    expect(textOf(second)).toContain('2–2')
    const third = await operator.open(linkOf(second.body, 'next'))
    expect(textOf(third)).toContain('3–3')
    expect(third.body).not.toContain('rel="next"')
    const back = await operator.open(linkOf(third.body, 'prev'))
    expect(textOf(back)).toContain(ann.account.email)
    expect(textOf(await operator.open(`${path}?limit=0&cursor=x`))).toContain('1–3')
  })

  it('answers 404 to other users and changes nothing, with recent authentication or not', async () => {
    await using app = await anApp(kind)
    const { operator, ann, bob } = await signInUsers(app)
    for (const stale of [false, true]) {
      if (stale) app.clock.advance(15 * minute)
      await operator.open('/dashboard')
      await bob.open('/dashboard')
      await ann.open('/dashboard')
      await app.flushSecurityEvents()
      const before = await app.fingerprint()
      expect((await ann.open(path)).status).toBe(404)
      for (const action of [`${bob.account.id}/revoke`, `${ann.account.id}/revoke`, 'revoke-all']) {
        const answer = await submitAction(app, ann, action)
        expect([action, stale, answer.status]).toEqual([action, stale, 404])
      }
      await app.flushSecurityEvents()
      expect(await app.fingerprint()).toBe(before)
    }
    expect((await ann.open('/settings/sessions')).body).not.toContain(path)
    expect((await operator.open('/settings/sessions')).body).toContain(`href="${path}"`)
    expect((await aBrowser(app).open(path)).location).toMatch(/^\/login/)
  })

  it('requires recent authentication of the operator and changes nothing (V7.5.1)', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await signInUsers(app)
    app.clock.advance(15 * minute)
    await operator.open('/dashboard')
    await ann.open('/dashboard')
    await app.flushSecurityEvents()
    const before = await app.fingerprint()
    for (const action of [`${ann.account.id}/revoke`, 'revoke-all']) {
      const answer = await submitAction(app, operator, action)
      const review = `${path}/${action}?interrupted=1`
      const stepUpPath = `/reauthenticate?next=${encodeURIComponent(review)}`
      expect([action, answer.status, answer.location]).toEqual([action, 303, stepUpPath])
    }
    await app.flushSecurityEvents()
    expect(await app.fingerprint()).toBe(before)
    await operator.submit('/reauthenticate', { password: operator.account.password })
    const answer = await submitAction(app, operator, `${ann.account.id}/revoke`)
    expect(answer.location).toBe(`${path}/${ann.account.id}`)
    expect(await statusOf(ann)).toBe(401)
  })
})

describe.each(databases)('operator: signing users out on %s (V7.4.5)', (kind) => {
  it('ends all sessions of one account at once, and its sign-in page states the reason', async () => {
    await using app = await anApp(kind)
    const { operator, ann, bob } = await signInUsers(app)
    const phone = await aSignedInBrowser(app, ann.account)
    const answer = await submitAction(app, operator, `${ann.account.id}/revoke`)
    expect([answer.status, answer.location]).toEqual([303, `${path}/${ann.account.id}`])
    expect(textOf(await operator.open(path))).toContain(
      `${ann.account.email} is signed out everywhere. 2 sessions ended.`,
    )
    for (const browser of [ann, phone]) expect(await statusOf(browser)).toBe(401)
    const redirect = await ann.open('/dashboard')
    expect(redirect.location).toBe('/login?error=session_expired&next=%2Fdashboard')
    expect(textOf(await ann.open(redirect.location))).toContain(
      'An administrator signed you out. Please sign in again.',
    )
    expect([await statusOf(bob), await statusOf(operator)]).toEqual([200, 200])
    const ended = {
      user_id: ann.account.id,
      end_reason: 'ended-by-operator',
      ended_by: operator.account.id,
    }
    expect(await readEndings(app)).toEqual([ended, ended])
  })

  it('ends all sessions except the current one', async () => {
    await using app = await anApp(kind)
    const { operator, ann, bob } = await signInUsers(app)
    const otherBrowser = await aSignedInBrowser(app, operator.account)
    const answer = await submitAction(app, operator, 'revoke-all')
    expect([answer.status, answer.location]).toEqual([303, path])
    expect(textOf(await operator.open(path))).toContain(
      'All users are signed out, and your other devices. 3 sessions ended.',
    )
    for (const browser of [ann, bob, otherBrowser]) expect(await statusOf(browser)).toBe(401)
    expect(await statusOf(operator)).toBe(200)
    // A sign-in at the same instant would be treated as an earlier one.
    app.clock.advance(1)
    expect((await aBrowser(app).signIn(ann.account)).status).toBe(303)
  })

  it('is logged for the user, for the operator and in the process log', async () => {
    await using app = await anApp(kind)
    const { operator, ann, bob } = await signInUsers(app)
    await submitAction(app, operator, `${ann.account.id}/revoke`)
    await submitAction(app, operator, 'revoke-all')
    app.clock.advance(1)
    const [annAgain, bobAgain] = [
      await aSignedInBrowser(app, ann.account),
      await aSignedInBrowser(app, bob.account),
    ]
    const done = { event: 'ended-by-operator', detail: operator.account.id, ip_address: null }
    for (const browser of [annAgain, bobAgain]) {
      const log = await logOf(browser)
      expect(log.filter(({ event }) => event === 'ended-by-operator')).toMatchObject([done])
      expect(log).toContainEqual(
        expect.objectContaining({ event: 'session-revoked', detail: 'ended-by-operator' }),
      )
    }
    const page = textOf(await annAgain.open('/settings/security-log'))
    expect(page).toContain('An administrator signed you out everywhere')
    expect(page).toContain(`By account ${operator.account.id.slice(0, 8)}`)
    const operatorEvents = (await logOf(operator)).filter(({ event }) =>
      event.startsWith('operator-'),
    )
    expect(operatorEvents.map(({ detail }) => detail).toSorted()).toEqual(
      [ann.account.id, 'all-users'].toSorted(),
    )
    expect(app.log()).toContainEqual(
      expect.objectContaining({
        event: 'operator-ended-sessions',
        userId: operator.account.id,
        detail: ann.account.id,
        count: 1,
      }),
    )
    const revoked = { event: 'session-revoked', by: operator.account.id }
    expect(app.log()).toContainEqual(expect.objectContaining(revoked))
  })

  it('rejects a concurrent sign-in', async () => {
    await using app = await anApp(kind)
    const { operator, bob } = await signInUsers(app)
    await bob.submit('/logout', {}, { on: '/dashboard' })
    for (const action of [`${bob.account.id}/revoke`, 'revoke-all']) {
      app.clock.advance(1)
      const signingIn = aBrowser(app)
      const csrf_token = await signingIn.csrfToken('/login')
      const blocked = app.faults.block('store.insert')
      const pending = signingIn.signIn(bob.account, { csrf_token })
      await blocked.reached
      await submitAction(app, operator, action)
      blocked.release()
      expect([action, (await pending).status, signingIn.sessionCookie()]).toEqual([action, 401, ''])
    }
  })

  it('keeps the current session when the operator signs out their own account', async () => {
    await using app = await anApp(kind)
    const { operator } = await signInUsers(app)
    const otherBrowser = await aSignedInBrowser(app, operator.account)
    const answer = await submitAction(app, operator, `${operator.account.id}/revoke`)
    expect(answer.location).toBe(`${path}/${operator.account.id}`)
    expect([await statusOf(operator), await statusOf(otherBrowser)]).toEqual([200, 401])
  })

  it('answers 404 for an unknown account, and 503 with the cookie kept if the store fails', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await signInUsers(app)
    for (const id of ['A'.repeat(22), 'abc', '%00', 'x'.repeat(300)]) {
      expect([id, (await submitAction(app, operator, `${id}/revoke`)).status]).toEqual([id, 404])
    }
    app.faults.fail('store.endByUser', () => new SessionError('store-unavailable', 'planted'))
    for (const action of [`${ann.account.id}/revoke`, 'revoke-all']) {
      const answer = await submitAction(app, operator, action)
      expect([action, answer.status, answer.setCookies]).toEqual([action, 503, []])
    }
    app.faults.restore()
    expect([await statusOf(operator), await statusOf(ann)]).toEqual([200, 200])
    await submitAction(app, operator, 'revoke-all')
    expect(await statusOf(ann)).toBe(401)
  })

  it('is enforced by the use case, not only by the route', async () => {
    await using app = await anApp(kind)
    const { ann, bob } = await signInUsers(app)
    const acting = { operator: ann.account, sessionId: null }
    const { endUserSessions, endAllUsersSessions } = app.features.operator
    expect(await endUserSessions(acting, bob.account.id)).toEqual({ status: 'not-found' })
    expect(await endAllUsersSessions(acting)).toEqual([])
    expect(await statusOf(bob)).toBe(200)
  })

  it('a revoked operator role takes effect on the next request (V8.3.2)', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await signInUsers(app)
    await app.storage.query('UPDATE users SET is_operator = 0')
    expect((await submitAction(app, operator, `${ann.account.id}/revoke`)).status).toBe(404)
    expect(await statusOf(ann)).toBe(200)
  })

  it('covers more accounts than one batch', async () => {
    await using app = await anApp(kind)
    const { operator, ann } = await signInUsers(app)
    const now = kind === 'sqlite' ? '1000' : 'to_timestamp(1)'
    await app.storage.query(`
      WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 600)
      INSERT INTO users (id, email, email_key, password_hash, created_at, is_operator)
      SELECT '0-' || n, n || '@many.test', n || '@many.test', 'none', ${now}, 0 FROM counted`)
    await submitAction(app, operator, 'revoke-all')
    expect(await statusOf(ann)).toBe(401)
    const userEndings = await app.storage.query('SELECT user_id FROM session_user_endings')
    expect(userEndings).toHaveLength(603)
  })
})

/** The URL of the newer (`prev`) or older (`next`) page. */
function linkOf(body: string, relation: 'prev' | 'next'): string {
  const [, href = ''] = new RegExp(`href="([^"]+)" rel="${relation}"`).exec(body) ?? []
  return href.replaceAll('&amp;', '&')
}
