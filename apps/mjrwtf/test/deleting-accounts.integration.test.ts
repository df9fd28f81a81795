import { describe, expect, it } from 'vitest'
import {
  aDeletionFixture,
  deleteAccount,
  destinationsOf,
  insertClicks,
  stolenCookie,
} from './support/account-deletion.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { openApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases, openStorage } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const minute = 60_000
const path = '/settings/delete'

describe.each(databases)('account deletion on %s', (kind) => {
  it('its page lists what is deleted and what remains, with counts', async () => {
    await using app = await anApp(kind)
    const { browser } = await aDeletionFixture(app)
    const answer = await browser.open(path)
    expect(answer.status).toBe(200)
    const text = textOf(answer)
    expect(text).toContain('Your 2 links. Visitors will see')
    expect(text).toContain('Statistics of 3 clicks')
    expect(text).toContain('The short codes, without any data about you')
    expect(answer.body).toContain('href="/settings/export"')
  })

  it('deletes all rows of the account and nothing else', async () => {
    await using app = await anApp(kind)
    const { browser, account } = await aDeletionFixture(app)
    const other = await aDeletionFixture(app)
    await app.storage.query(
      `INSERT INTO invites (id, code_hash, created_by, created_at, expires_at)
       SELECT 'i', 'h', id, created_at, created_at FROM users WHERE id = '${account.id}'`,
    )
    const count = async () => {
      const tables = ['users', 'links', 'clicks', 'sessions', 'security_events']
      const counts = tables.map((table) => app.storage.query(`SELECT count(*) AS n FROM ${table}`))
      return (await Promise.all(counts)).flat().map((row) => Number(Object.values(row)[0]))
    }
    // The operator, the deleted user, and another user.
    expect(await count()).toEqual([3, 4, 6, 2, 2])
    const others = (await app.storage.dump())
      .split('\n')
      .filter((row) => row.includes(other.account.id))

    const answer = await deleteAccount(browser, account)
    expect([answer.status, answer.location]).toEqual([303, '/'])
    await app.flushSecurityEvents()
    await app.flushClicks()
    await app.finishAccountDeletions()
    expect(await count()).toEqual([2, 2, 3, 1, 1])
    const dump = await app.storage.dump()
    for (const trace of [account.id, account.email, ...destinationsOf(account)]) {
      expect([trace, dump.includes(trace)]).toEqual([trace, false])
    }
    expect(dump.split('\n').filter((row) => row.includes(other.account.id))).toEqual(others)
  })

  it('signs out, confirms the deletion and notifies the email', async () => {
    await using app = await anApp(kind)
    const { browser, account } = await aDeletionFixture(app)
    const stolen = stolenCookie(app, browser)
    const answer = await deleteAccount(browser, account)
    expect(answer.headers['clear-site-data']).toBe('"storage"')
    expect(browser.sessionCookie()).toBe('')
    expect(textOf(await browser.open('/'))).toContain('Your account was deleted.')
    expect((await app.send('/api/session', { headers: stolen })).status).toBe(401)
    expect(app.emails()).toMatchObject([
      { to: account.email, email: { kind: 'account-deleted', at: app.clock.now() } },
    ])
    expect(app.log()).toContainEqual(
      expect.objectContaining({ event: 'account-deleted', userId: account.id }),
    )
    const again = await aBrowser(app).signIn(account)
    expect([again.status, textOf(again).includes('Wrong email or password')]).toEqual([401, true])
  })

  it('takes effect at once for everyone, also if deleting its data fails for now', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    const { browser, account, code } = await aDeletionFixture(app)
    app.faults.fail('accounts.removeDataBatch', () => new Error('planted'))
    await deleteAccount(browser, account)
    expect((await app.send(`/${code}`)).status).toBe(410)
    expect((await app.send(`/${code}+`)).status).toBe(410)
    const unknown = await aBrowser(app).signIn({ ...account, email: 'nobody@users.test' })
    const known = await aBrowser(app).signIn(account)
    expect([known.status, textOf(known)]).toEqual([
      unknown.status,
      textOf(unknown).replace('nobody@users.test', account.email),
    ])
    expect(await app.storage.query('SELECT id FROM sessions')).toEqual([])
    // A new account with the email has nothing of the old one.
    const successor = await aSignedInBrowser(app, await app.account(account.email))
    expect((await successor.send('/api/urls')).json()).toMatchObject({ total: 0 })

    await expect
      .poll(app.log)
      .toContainEqual(
        expect.objectContaining({ msg: 'removing the data of deleted accounts failed' }),
      )
    expect(await app.storage.query('SELECT id FROM links')).toHaveLength(2)
    app.faults.restore()
    app.removeAccountData()
    await expect.poll(() => app.storage.query('SELECT id FROM deleted_users')).toEqual([])
    expect(await app.storage.query('SELECT id FROM links')).toEqual([])
  })

  it.each(['on', 'off'])(
    'ends all its sessions in all processes, cache %s (V7.4.2, GHSA-2vg6-77g8-24mp)',
    async (cache) => {
      await using storage = await openStorage(kind)
      const env = { SESSION_CACHE: cache }
      await using app = await openApp(storage, { env })
      await using otherApp = await openApp(storage, { env, clock: app.clock })
      const { browser, account } = await aDeletionFixture(app)
      const other = await aSignedInBrowser(app, account)
      const headers = stolenCookie(app, other)
      const there = () => otherApp.send('/api/session', { headers })
      expect([(await there()).status, (await there()).status]).toEqual([200, 200])

      await deleteAccount(browser, account)
      expect((await other.send('/api/session')).status).toBe(401)
      expect((await other.open('/dashboard')).location).toMatch(/^\/login/)
      await expect.poll(async () => (await there()).status).toBe(401)
      expect(await storage.query('SELECT id FROM sessions')).toEqual([])
    },
  )

  it('requires the email as confirmation and changes nothing without it', async () => {
    await using app = await anApp(kind)
    const { browser, account } = await aDeletionFixture(app)
    await browser.open(path)
    await app.flushSecurityEvents()
    const before = await app.fingerprint()
    for (const email of ['', 'other@users.test', `${account.email}.`, 'on']) {
      const answer = await browser.submit(path, { email })
      expect([email, answer.status]).toEqual([email, 400])
      expect(textOf(answer)).toContain('Your account was not deleted.')
    }
    expect((await browser.submit(path, { email: account.email, user_id: 'x' })).status).toBe(400)
    expect(await app.fingerprint()).toBe(before)
    expect(app.emails()).toEqual([])
    const input = ` ${account.email.toUpperCase()} `
    expect((await browser.submit(path, { email: input })).location).toBe('/')
  })

  it('requires recent authentication and changes nothing (V7.5.3)', async () => {
    await using app = await anApp(kind)
    const { browser, account } = await aDeletionFixture(app)
    const csrf_token = await browser.csrfToken(path)
    app.clock.advance(15 * minute)
    await browser.open('/dashboard')
    await app.flushSecurityEvents()
    const before = await app.fingerprint()
    const stale = '/reauthenticate?next=%2Fsettings%2Fdelete'
    expect((await browser.open(path)).location).toBe(stale)
    const referer: RawHeaders = [['Referer', `${app.baseUrl}${path}`]]
    const options = { on: '/dashboard', headers: referer }
    const answer = await browser.submit(path, { csrf_token, email: account.email }, options)
    expect([answer.status, answer.location]).toEqual([303, `${stale}%3Finterrupted%3D1`])
    expect(await app.fingerprint()).toBe(before)
    await browser.submit('/reauthenticate', { password: account.password })
    expect((await deleteAccount(browser, account)).location).toBe('/')
  })

  it('submitted in two tabs: happens once, and the other tab is redirected to sign-in', async () => {
    await using app = await anApp(kind)
    const { browser, account } = await aDeletionFixture(app)
    const answers = await Promise.all([
      deleteAccount(browser, account),
      deleteAccount(browser, account),
    ])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]))
    expect(answers.map(({ location }) => location).toSorted()).toEqual([
      '/',
      expect.stringMatching(/^\/login/),
    ])
    expect(app.emails()).toHaveLength(1)
  })

  it('deletes 45,000 clicks', async () => {
    await using app = await anApp(kind)
    const { browser, account, code } = await aDeletionFixture(app)
    await insertClicks(app, code, 45_000)
    expect((await deleteAccount(browser, account)).location).toBe('/')
    await app.finishAccountDeletions()
    expect(await app.storage.query('SELECT id FROM clicks')).toEqual([])
  })

  it('a failing deletion answers 503, keeps the cookie and deletes nothing', async () => {
    await using app = await anApp(kind)
    const { browser, account, code } = await aDeletionFixture(app)
    // The last statement of the deletion fails: the earlier ones are rolled back.
    await app.storage.query(
      kind === 'sqlite'
        ? `CREATE TRIGGER planted AFTER DELETE ON users BEGIN SELECT RAISE(ABORT, 'planted'); END`
        : `CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN RAISE EXCEPTION 'planted'; END $$`,
    )
    if (kind === 'postgres') {
      await app.storage.query(
        'CREATE TRIGGER planted AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION planted()',
      )
    }
    const answer = await deleteAccount(browser, account)
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
    expect(app.emails()).toEqual([])
    expect((await browser.send('/api/urls')).json()).toMatchObject({ total: 2 })
    expect((await app.send(`/${code}`)).status).toBe(302)
    await app.flushClicks()
    expect(await app.storage.query('SELECT id FROM clicks')).toHaveLength(4)
  })
})

describe.each(databases)("the operator's account on %s", (kind) => {
  it('cannot be deleted while others have accounts; the page states the reason', async () => {
    await using app = await anApp(kind)
    const operator = await aSignedInBrowser(app)
    const other = await aSignedInBrowser(app)
    const page = await operator.open(path)
    expect(textOf(page)).toContain('You are the administrator, and others have accounts here.')
    expect(page.body).not.toContain('Permanently delete my account')
    await app.flushSecurityEvents()
    const before = await app.fingerprint()
    const answer = await deleteAccount(operator, operator.account)
    expect([answer.status, textOf(answer).includes('others have accounts')]).toEqual([409, true])
    expect(await app.fingerprint()).toBe(before)

    await deleteAccount(other, other.account)
    expect((await operator.open(path)).body).toContain('Permanently delete my account')
  })

  it('as the last account can be deleted; its bearer tokens end and setup is offered again', async () => {
    await using storage = await openStorage(kind)
    const env = { AUTH_TOKEN: 'a-shared-bearer-token', SIGNUP: 'open' }
    const bearer: RawHeaders = [['Authorization', 'Bearer a-shared-bearer-token']]
    {
      await using app = await openApp(storage, { env })
      const operator = await aSignedInBrowser(app)
      expect((await app.send('/api/urls', { headers: bearer })).status).toBe(200)
      expect((await deleteAccount(operator, operator.account)).location).toBe('/')
      expect((await app.send('/api/urls', { headers: bearer })).status).toBe(401)
      expect((await aBrowser(app).open('/signup')).status).toBe(404)
    }
    await using app = await openApp(storage, { env })
    const code = (await app.features.accounts.issueSetUpCode()) ?? ''
    expect((await aBrowser(app).open(`/setup?code=${code}`)).status).toBe(200)
    const fields = { code, email: 'new@users.test', password: 'lantern gravel oboe sixty' }
    const created = await aBrowser(app).submit('/setup', fields, { on: `/setup?code=${code}` })
    expect(created.location).toBe('/dashboard')
  })

  it('setup is offered again even if a user signed up while the operator was deleted', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account()
    await app.account()
    await app.storage.query('DELETE FROM users WHERE is_operator = 1')
    expect((await aBrowser(app).open('/signup')).status).toBe(404)
    expect(await app.features.accounts.issueSetUpCode()).toEqual(expect.any(String))
  })

  it('a used invite creates no second account after its account is deleted', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const invited = await app.features.operator.createInvite(await app.account())
    const invite = invited.status === 'created' ? invited.code : ''
    const account = { email: 'guest@users.test', password: 'lantern gravel oboe sixty' }
    app.leakDetector.addSecret(account.password, 'password')
    const guest = aBrowser(app)
    const join = () => aBrowser(app).submit('/signup', { ...account, invite }, { on: '/login' })
    expect((await guest.submit('/signup', { ...account, invite }, { on: '/login' })).status).toBe(
      303,
    )
    expect((await deleteAccount(guest, account)).location).toBe('/')
    expect((await join()).status).toBe(404)
  })
})
