import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import type { Account, TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const path = '/settings/security-log'
const minute = 60_000
const newPassword = 'lantern gravel oboe sixty'

interface Row {
  readonly time: string
  readonly event: string
  readonly description: string
  readonly outcome: string
  readonly session_id: string | null
  readonly ip_address: string | null
  readonly place: string | null
  readonly user_agent: string | null
  readonly detail: string | null
}

async function exported(browser: Browser, more = ''): Promise<readonly Row[]> {
  const answer = await browser.open(`${path}?format=json${more}`)
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body).events
}

const eventNames = (rows: readonly Row[]) => rows.map(({ event }) => event)

async function failTwice(app: TestApp, { email }: Pick<Account, 'email'>) {
  for (let n = 0; n < 2; n += 1) await aBrowser(app).signIn({ email, password: 'wrong' })
}

describe.each(databases)('security log on %s', (kind) => {
  const opened = useApp(kind)

  it('exports one event per action, newest first (V16.2.1, V16.3.1)', async () => {
    const app = opened()
    app.leakDetector.addSecret(newPassword, 'password')
    const account = await app.account()
    await aBrowser(app).signIn({ email: account.email, password: 'wrong' })
    app.clock.advance(1)
    const browser = await aSignedInBrowser(app, account)
    app.clock.advance(1)
    await browser.submit('/logout', {}, { on: '/dashboard' })
    app.clock.advance(1)
    await browser.signIn(account)
    app.clock.advance(1)
    await browser.submit('/reauthenticate', { password: 'wrong' })
    app.clock.advance(1)
    await browser.submit('/reauthenticate', { password: account.password })
    app.clock.advance(1)
    const wrong = { current_password: 'wrong', new_password: newPassword }
    await browser.submit('/settings/password', wrong)
    app.clock.advance(1)
    await browser.submit('/settings/password', { ...wrong, current_password: account.password })

    const rows = await exported(browser)
    expect(eventNames(rows)).toEqual([
      'password-changed',
      'password-change-failed',
      'session-stepped-up',
      'step-up-failed',
      'session-created',
      'session-revoked',
      'session-created',
      'sign-in-failed',
    ])
    const current = browser.sessionCookie().split('.')[0]
    expect(rows[0]).toMatchObject({ outcome: 'success', session_id: current })
    expect(rows[2]).toMatchObject({ description: 'Identity confirmed with password' })
    expect(rows[4]).toMatchObject({ description: 'Signed in', detail: 'pwd' })
    expect(rows.at(-3)).toMatchObject({ detail: 'signed-out', description: 'Signed out' })
    expect(rows.find(({ event }) => event === 'sign-in-failed')).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: 'sign-in-failed',
      description: 'Failed sign-in from 127.0.0.1',
      outcome: 'failure',
      session_id: null,
      ip_address: '127.0.0.1',
      place: null,
      user_agent: expect.stringContaining('Firefox/140.0'),
      detail: null,
    })
    expect(JSON.stringify(rows)).not.toMatch(/wrong"|lantern/)
  })

  it('its page describes each event with device and IP address', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await failTwice(app, browser.account)
    const answer = await browser.open(path)
    expect(answer.status).toBe(200)
    const text = textOf(answer)
    expect(text).toContain('Failed sign-in from 127.0.0.1')
    expect(text).toContain('Signed in')
    expect(text).toContain('Firefox on Linux')
    expect(answer.body).toMatch(/<time datetime="\d{4}-[^"]+Z" data-local="second">[^<]+ UTC</)
  })

  it("contains only the user's own events, on the page and in exports (V8.2.2)", async () => {
    const app = opened()
    const victim = await aSignedInBrowser(app)
    await failTwice(app, victim.account)
    const otherBrowser = await aSignedInBrowser(app)
    expect(eventNames(await exported(otherBrowser))).toEqual(['session-created'])
    expect(eventNames(await exported(otherBrowser, `&user_id=${victim.account.id}`))).toEqual([
      'session-created',
    ])
    expect(textOf(await otherBrowser.open(path))).not.toContain('Failed sign-in')
  })

  it('contains no sign-ins to unknown accounts; those are in the process log', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const count = async () => {
      await exported(browser)
      return app.storage.query('SELECT count(*) AS events FROM security_events')
    }
    const before = await count()
    await failTwice(app, { email: 'nobody@users.test' })
    expect(await count()).toEqual(before)
    expect(app.log().at(-1)).toBeDefined()
    expect(app.log().some(({ event }) => event === 'sign-in-failed')).toBe(true)
  })

  it('lists twenty events of a kind an hour and counts the others, apart from other kinds', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const { id: userId } = browser.account
    const fail = () => app.features.securityLog.record({ userId, kind: 'sign-in-failed' })
    for (let n = 0; n < 56; n += 1) fail()
    app.clock.advance(1)
    fail()
    const failed = await exported(browser, '&kind=failures')
    expect(failed).toHaveLength(20)
    app.clock.advance(60 * minute)
    await browser.signIn(browser.account)
    const [newest, ...older] = await exported(browser, '&kind=failures')
    expect(newest).toMatchObject({
      event: 'sign-in-failed',
      description: 'Failed sign-in (37 more times within an hour)',
      detail: 'repeated 37',
    })
    expect(older).toEqual(failed)
    expect(eventNames(await exported(browser, '&kind=sign-ins'))).toEqual([
      'session-created',
      'session-created',
    ])
    expect(textOf(await browser.open(path))).toContain('Failed sign-in (37 more times')
  })

  it('writes the counts of an ended hour with the next purge, without another event', async () => {
    await using app = await anApp(kind)
    const { id: userId } = await app.account()
    for (let n = 0; n < 22; n += 1) app.features.securityLog.record({ userId, kind: 'new-device' })
    const counted = async () => {
      await app.features.purge()
      await app.flushSecurityEvents()
      return app.storage.query("SELECT detail FROM security_events WHERE detail = 'repeated 2'")
    }
    expect(await counted()).toEqual([])
    app.clock.advance(60 * minute)
    expect(await counted()).toHaveLength(1)
    expect(await counted()).toHaveLength(1)
  })

  it('writes the counts when the app stops', async () => {
    await using app = await anApp(kind)
    const { id: userId } = await app.account()
    for (let n = 0; n < 22; n += 1) app.features.securityLog.record({ userId, kind: 'new-device' })
    app.features.securityLog.recordCounts()
    await app.flushSecurityEvents()
    const counted = await app.storage.query('SELECT detail FROM security_events')
    expect(counted).toHaveLength(21)
    expect(counted).toContainEqual({ detail: 'repeated 2' })
  })

  it('writes nothing during a sign-in, whether the account exists or not (V6.3.8)', async () => {
    const app = opened()
    const account = await app.account()
    app.faults.calls.length = 0
    await failTwice(app, account)
    const known = app.faults.calls.splice(0)
    await failTwice(app, { email: 'nobody@users.test' })
    expect(app.faults.calls).toEqual(known)
    expect(known).not.toContain('securityEvents.add')
  })

  it('is filtered by kind and paged; invalid parameters fall back to the defaults', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await failTwice(app, browser.account)
    expect(eventNames(await exported(browser, '&kind=failures'))).toEqual([
      'sign-in-failed',
      'sign-in-failed',
    ])
    expect(eventNames(await exported(browser, '&kind=sign-ins'))).toEqual(['session-created'])
    expect(await exported(browser, '&kind=account')).toEqual([])
    for (const bad of ['nonsense', '__proto__', 'constructor', '']) {
      expect(await exported(browser, `&kind=${bad}`)).toHaveLength(3)
    }
    const first = await browser.open(`${path}?kind=failures&limit=1`)
    expect(textOf(first)).toContain('1–1')
    const [, older = ''] = /href="([^"]+)" rel="next"/.exec(first.body) ?? []
    expect(older).toContain(`${path}?kind=failures&amp;limit=1&amp;cursor=`)
    const second = await browser.open(older.replaceAll('&amp;', '&'))
    expect(textOf(second)).toContain('2–2')
    expect(second.body).not.toContain('rel="next"')
    const [, newer = ''] = /href="([^"]+)" rel="prev"/.exec(second.body) ?? []
    expect(textOf(await browser.open(newer.replaceAll('&amp;', '&')))).toContain('1–1')
    expect(textOf(await browser.open(`${path}?limit=0&cursor=x`))).toContain('1–3')
    expect(textOf(await browser.open(`${path}?kind=changes`))).toContain('No events of this type')
  })
})

const hostile = `=HYPERLINK("http://evil.test","a"),\t"x" <script>alert(1)</script>`

describe.each(databases)('security log export on %s', (kind) => {
  const opened = useApp(kind)

  async function hostileBrowser() {
    const app = opened()
    const account = await app.account()
    const headers: RawHeaders = [['User-Agent', hostile]]
    const browser = aBrowser(app, headers)
    await browser.signIn(account)
    return browser
  }

  it('writes CSV with one line per event whose cells spreadsheets treat as text (V1.2.10)', async () => {
    const browser = await hostileBrowser()
    const answer = await browser.open(`${path}?format=csv`)
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.headers['content-disposition']).toMatch(
      /^attachment; filename="security-log-\d{4}-\d\d-\d\d\.csv"$/,
    )
    expect(answer.headers['cache-control']).toBe('no-store')
    const lines = answer.body.split('\r\n')
    expect(lines[0]).toBe(
      'time,event,description,outcome,session_id,ip_address,place,user_agent,detail',
    )
    expect(lines).toHaveLength(3)
    expect(lines[1]).toContain(`"'=HYPERLINK(""http://evil.test"",""a""),`)
    expect(answer.body).not.toMatch(/[^\r]\n|\t/)
  })

  it('writes JSON; the page shows a hostile user agent as text', async () => {
    const browser = await hostileBrowser()
    const answer = await browser.open(`${path}?format=json`)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.headers['content-disposition']).toMatch(/\.json"$/)
    expect(answer.headers['content-security-policy']).toContain('sandbox')
    expect(JSON.parse(answer.body).events[0].user_agent).toContain('=HYPERLINK("http://evil.test"')
    expect((await browser.open(path)).body).not.toContain('<script>alert')
  })

  it('requires recent authentication and returns to the page (V7.5.3)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    app.clock.advance(15 * minute)
    for (const format of ['csv', 'json']) {
      const answer = await browser.open(`${path}?format=${format}&kind=failures`)
      expect([answer.status, answer.location]).toEqual([
        303,
        '/reauthenticate?next=%2Fsettings%2Fsecurity-log%3Fkind%3Dfailures',
      ])
      expect(answer.body).not.toContain('session-created')
    }
    expect((await browser.open(path)).status).toBe(200)
    expect((await browser.open(`${path}?format=xml`)).headers['content-type']).toMatch(
      /^text\/html/,
    )
  })
})

describe.each(databases)('durability of security events on %s', (kind) => {
  it('keeps events while the database fails, and still shows the page', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    app.faults.fail('securityEvents.add', () => new RepositoryError('planted'))
    await failTwice(app, browser.account)
    await expect(app.flushSecurityEvents()).rejects.toThrow()
    expect((await browser.open(path)).status).toBe(200)
    app.faults.restore()
    expect(eventNames(await exported(browser, '&kind=failures'))).toHaveLength(2)
  })

  it('writes queued events when the app closes', async () => {
    await using app = await anApp(kind)
    const { account } = await aSignedInBrowser(app)
    expect(await app.storage.query('SELECT kind FROM security_events')).toEqual([])
    await app.closeSecurityEvents()
    expect(await app.storage.query('SELECT user_id, kind FROM security_events')).toEqual([
      { user_id: account.id, kind: 'session-created' },
    ])
  })

  it('keeps events for a year and deletes them with the account (V14.2.7)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    await aSignedInBrowser(app)
    await app.flushSecurityEvents()
    const owners = () => app.storage.query('SELECT user_id FROM security_events')
    app.clock.advance(364 * 24 * 60 * minute)
    await app.features.purge()
    expect(await owners()).toHaveLength(2)
    await app.storage.query(`DELETE FROM users WHERE id = '${browser.account.id}'`)
    await app.finishAccountDeletions()
    expect(await owners()).toHaveLength(1)
    app.clock.advance(24 * 60 * minute + 1)
    await app.features.purge()
    expect(await owners()).toEqual([])
  })

  it.each([
    ['UPDATE', `UPDATE security_events SET outcome = 'failure'`],
    ['DELETE', 'DELETE FROM security_events'],
    ['REPLACE', null],
  ])('rejects %s by any database user (V16.4.2)', async (_, statement) => {
    await using app = await anApp(kind)
    await aSignedInBrowser(app)
    await app.flushSecurityEvents()
    const before = await app.storage.query('SELECT * FROM security_events')
    expect(before).toHaveLength(1)
    const replacing =
      kind === 'sqlite'
        ? 'INSERT OR REPLACE INTO security_events SELECT id, user_id, 0, kind, outcome, NULL, NULL, NULL, NULL, NULL, NULL FROM security_events'
        : 'TRUNCATE security_events'
    await expect(app.storage.query(statement ?? replacing)).rejects.toThrow(/append-only/)
    expect(await app.storage.query('SELECT * FROM security_events')).toEqual(before)
  })
})
