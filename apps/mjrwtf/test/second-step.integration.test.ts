import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, aSignedInBrowser, formType, fromOurPage, textOf } from './support/browser.ts'
import { createFastHasher } from './support/fast-hasher.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import {
  anAccountWithAuthenticator,
  enrollAuthenticator,
  sendCode,
} from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const second = 1_000
const minute = 60 * second
const path = '/login/second-factor'

describe.each(databases)('second step on %s', (kind) => {
  const opened = useApp(kind)

  it('follows the password, and creates the session only after a correct code (V2.3.1)', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    const first = await browser.signIn(account, { next: '/create', remember_me: 'on' })
    expect([first.status, first.location]).toEqual([303, path])
    expect(first.headers['referrer-policy']).toBe('no-referrer')
    expect(browser.sessionCookie()).toBe('')
    expect((await browser.send('/api/session')).status).toBe(401)
    expect((await browser.open('/dashboard')).location).toBe('/login?next=%2Fdashboard')

    const page = await browser.open(path)
    expect(textOf(page)).toContain(`Signing in as ${account.email}`)
    expect(page.body).toMatch(
      /<input id="code"[^>]*autocomplete="one-time-code"[^>]*inputmode="numeric"/,
    )
    const done = await sendCode(browser, authenticator)
    expect([done.status, done.location]).toEqual([303, '/create'])
    // Remembered in the first step.
    expect(done.setCookies.find((each) => each.startsWith('session-dev='))).toMatch(/; Max-Age=/)
    expect(textOf(await browser.open('/dashboard'))).toContain(`Welcome back, ${account.email}.`)
    expect([...browser.cookies.keys()]).not.toContain('session-pending-dev')
  })

  it('refuses the correct password after the password: the same factor twice is one factor', async () => {
    const app = opened()
    const { account } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const fields = { method: 'password', password: account.password }
    expect((await browser.submit(path, fields)).status).toBe(401)
    expect(browser.sessionCookie()).toBe('')
  })

  it('answers a wrong code with 401, the same page and no session, and logs no code', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const pages = new Set<string>()
    for (const [method, code] of [
      ['authenticator', authenticator.wrongCode()],
      ['authenticator', ''],
      ['recovery-code', 'aaaa-bbbb'],
      ['phone', '123456'],
    ] as const) {
      const answer = await browser.submit(path, { method, code })
      expect([method, code, answer.status, browser.sessionCookie()]).toEqual([
        method,
        code,
        401,
        '',
      ])
      pages.add(textOf(answer))
    }
    expect(pages.size).toBe(1)
    expect(
      failures(app)
        .map(({ detail, reason }) => [detail, reason])
        .slice(-4),
    ).toEqual([
      ['authenticator', 'wrong'],
      ['authenticator', 'wrong'],
      ['recovery-code', 'wrong'],
      ['phone', 'wrong'],
    ])
  })

  it('ends after five wrong codes, with the reason on the sign-in page', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account, { next: '/create' })
    const form = await openForm(app, browser, { page: path })
    const pages: string[] = []
    for (let n = 0; n < 5; n += 1) {
      const answer = await form.send({ code: authenticator.wrongCode() })
      expect(answer.status).toBe(401)
      pages.push(textOf(answer))
    }
    expect(pages.at(-1)).toContain('You have used all five attempts.')
    const late = await form.send({ code: authenticator.code() })
    expect([late.status, late.location]).toEqual([303, '/login?next=%2Fcreate'])
    expect(textOf(await browser.open(late.location))).toContain('You sent too many wrong codes.')
    expect(browser.sessionCookie()).toBe('')
  })

  it('redirects to sign-in without a pending sign-in, and with the reason ten minutes later', async () => {
    const app = opened()
    const none = await aBrowser(app).open(path)
    expect([none.status, none.location]).toEqual([303, '/login'])
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account, { next: '/create' })
    const form = await openForm(app, browser, { page: path })
    app.clock.advance(10 * minute)
    const late = await form.send({ code: authenticator.code() })
    expect(late.location).toBe('/login?next=%2Fcreate')
    expect(textOf(await browser.open(late.location))).toContain(
      'Signing in took longer than ten minutes. Please sign in again.',
    )
  })

  it('creates one session from fifty parallel uses of one code', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    // A user has at most 20 pending sign-ins, with five attempts each.
    const browsers = Array.from({ length: 20 }, () => aBrowser(app))
    for (const browser of browsers) await browser.signIn(account)
    const forms = await Promise.all(browsers.map((each) => openForm(app, each, { page: path })))
    const code = authenticator.code()
    const fifty = Array.from({ length: 50 }, (_, n) => forms[n % 20]?.send({ code }))
    const answers = (await Promise.all(fifty)).filter((answer) => answer !== undefined)
    expect(answers).toHaveLength(50)
    expect(answers.filter(({ location }) => location === '/dashboard')).toHaveLength(1)
    expect(browsers.filter((browser) => browser.sessionCookie() !== '')).toHaveLength(1)
  })

  it('completes a pending sign-in once: two tabs with the same code end in one session', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const tabs = [
      await openForm(app, browser, { page: path }),
      await openForm(app, browser, { page: path }),
    ]
    const code = authenticator.code()
    const answers = await Promise.all(tabs.map((tab) => tab.send({ code })))
    expect(answers.filter(({ location }) => location === '/dashboard')).toHaveLength(1)
    expect((await browser.open('/dashboard')).status).toBe(200)
    const late = await tabs[0]?.send({ code })
    expect(late?.status).toBeOneOf([303, 403])
    expect(await sessionsOf(app, account)).toBe(1)
  })

  it('does not send the form of one user to the pending sign-in of another', async () => {
    const app = opened()
    const ann = await anAccountWithAuthenticator(app)
    const bob = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(ann.account)
    const hers = await openForm(app, browser, { page: path })
    await browser.signIn(bob.account)
    const answer = await hers.send({ code: ann.authenticator.code() })
    expect([answer.status, answer.location]).toEqual([303, path])
    const page = await browser.open(path)
    expect(textOf(page)).toContain('You have started another sign-in')
    expect(textOf(page)).toContain(`Signing in as ${bob.account.email}`)
    expect((await sendCode(browser, ann.authenticator, { sign_in: '' })).status).toBe(401)
    expect((await sendCode(browser, bob.authenticator)).location).toBe('/dashboard')
    const session = (await browser.send('/api/session')).json()
    expect(session).toMatchObject({ user: { id: bob.account.id } })
  })

  it('rejects a cookie of a pending sign-in as session cookie, and a session cookie as pending one', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const pending = browser.cookies.get('session-pending-dev') ?? ''
    const thief = aBrowser(app)
    thief.cookies.set('session-dev', pending)
    expect((await thief.send('/api/session')).status).toBe(401)
    await sendCode(browser, authenticator)
    const other = aBrowser(app)
    other.cookies.set('session-pending-dev', browser.sessionCookie())
    expect((await other.open(path)).location).toBe('/login')
  })

  it('requires a CSRF token, counts nothing without one and does not use the code up', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    for (const fields of [{}, { csrf_token: 'x' }]) {
      const body = new URLSearchParams({
        method: 'authenticator',
        code: authenticator.code(),
        ...fields,
      })
      const headers = [...formType, ...fromOurPage(app)]
      const answer = await browser.send(path, { method: 'POST', headers, body: body.toString() })
      expect(answer.status).toBe(403)
    }
    expect((await sendCode(browser, authenticator)).status).toBe(303)
  })

  it('ends if the password changes after the first step', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const form = await openForm(app, browser, { page: path })
    const { hash: to } = await fastHash('thimble orchard violin seven')
    const found = await app.persistence.users.findByEmail(account.email)
    const from = found?.passwordHash ?? ''
    await app.persistence.users.changePassword({
      userId: account.id,
      from,
      to,
      sessionId: 'other',
      at: app.clock.now(),
    })
    const answer = await form.send({ code: authenticator.code() })
    expect([answer.status, answer.location, browser.sessionCookie()]).toEqual([303, '/login', ''])
    expect(textOf(await browser.open('/login'))).toContain('your account was changed')
  })

  it('ends if the factor is removed while the page is open', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const second = await enrollAuthenticator(app, account)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const form = await openForm(app, browser, { page: path })
    const [removed] = await app.features.authenticators.list(account.id)
    const factor = { kind: 'authenticator', id: removed?.id ?? '' } as const
    const client = { ipAddress: null, userAgent: null, sessionId: null }
    expect(await app.features.manageFactors.remove({ user: account, factor, ...client })).toBe(
      'removed',
    )
    for (const code of [authenticator.code(), second.code()]) {
      expect((await form.send({ code })).location).toBe('/login')
    }
    expect(browser.sessionCookie()).toBe('')
  })

  it('answers 503 while the database fails, and keeps the pending sign-in', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const form = await openForm(app, browser, { page: path })
    for (const method of [
      'users.find',
      'attempts.reserve',
      'authenticators.list',
      'store.insert',
    ]) {
      app.faults.fail(method, () => new RepositoryError('down'))
      const answer = await form.send({ code: authenticator.code() })
      expect([method, answer.status, answer.setCookies]).toEqual([method, 503, []])
      app.faults.restore()
      // The code was used before the session could be stored.
      if (method === 'store.insert') app.clock.advance(30_000)
    }
    expect((await form.send({ code: authenticator.code() })).location).toBe('/dashboard')
  })

  it('keeps a draft: the form opens with it after both steps', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    await sendCode(browser, authenticator)
    const form = await openForm(app, browser, { page: '/create' })
    await app.features.ownSessions.endAll({ userId: account.id, except: null })
    app.clock.advance(30_000)
    const interrupted = await form.send({ original_url: 'https://example.com/draft' })
    const next = new URL(interrupted.location, app.baseUrl).searchParams.get('next') ?? ''
    await browser.signIn(account, { next })
    expect(textOf(await browser.open(path))).toContain('We saved what you typed for one hour')
    const done = await sendCode(browser, authenticator)
    expect(done.location).toBe(next)
    expect((await browser.open(done.location)).body).toContain('https://example.com/draft')
  })

  it('is canceled by its button, and the sign-in page offers to continue until then', async () => {
    const app = opened()
    const { account } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    expect((await browser.open('/login')).body).toContain(`href="${path}"`)
    const answer = await browser.submit(`${path}/cancel`, {}, { on: path })
    expect([answer.status, answer.location]).toEqual([303, '/login'])
    expect((await browser.open('/login')).body).not.toContain(`href="${path}"`)
    expect((await browser.open(path)).location).toBe('/login')
  })

  it('offers the factor used last first and the others as links', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const codes = await app.features.recoveryCodes.create({
      user: account,
      client: { ipAddress: null, userAgent: null },
      sessionId: null,
    })
    app.clock.advance(1)
    const browser = aBrowser(app)
    await browser.signIn(account)
    const page = await browser.open(path)
    expect(page.body).toContain('name="method" value="authenticator"')
    expect(page.body).toContain(`href="${path}?method=recovery-code"`)
    const other = await browser.open(`${path}?method=recovery-code`)
    expect(other.body).toContain('name="method" value="recovery-code"')
    expect(other.body).toContain(`href="${path}?method=authenticator"`)
    const [code = ''] = codes.status === 'created' ? codes.codes : []
    const done = await browser.submit(path, { method: 'recovery-code', code })
    expect(done.location).toBe('/dashboard')
    const again = aBrowser(app)
    await again.signIn(account)
    expect((await again.submit(path, { method: 'recovery-code', code })).status).toBe(401)
    expect((await sendCode(again, authenticator)).location).toBe('/dashboard')
  })
})

describe.each(databases)('failures of second factors on %s (63B 3.2.2)', (kind) => {
  const wrong = async () => ({ status: 'wrong' }) as const
  const correct = async () => ({ status: 'correct', methods: ['otp'] }) as const

  it('are counted together for all kinds and both steps: the seventh attempt gets 429', async () => {
    await using app = await anApp(kind)
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const statuses: number[] = []
    const browser = aBrowser(app)
    for (const method of ['authenticator', 'recovery-code', 'phone', 'authenticator', 'phone']) {
      await browser.signIn(account)
      statuses.push(
        (await browser.submit(path, { method, code: authenticator.wrongCode() })).status,
      )
    }
    await browser.signIn(account)
    statuses.push((await browser.submit(path, { method: 'authenticator', code: '1' })).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401])
    await browser.signIn(account)
    const blocked = await sendCode(browser, authenticator)
    expect([blocked.status, blocked.headers['retry-after']]).toEqual([429, '1'])
    expect(textOf(blocked)).toContain('Too many attempts.')
    app.clock.advance(second)
    expect((await sendCode(browser, authenticator)).location).toBe('/dashboard')
  })

  it('lock the factors after a hundred, but not a known device, until an operator unlocks them', async () => {
    await using app = await anApp(kind)
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const owner = aBrowser(app)
    await owner.signIn(account)
    await sendCode(owner, authenticator)
    await owner.submit('/logout', {}, { on: '/dashboard' })
    const { checkSecondFactor } = app.features.signIn
    const attempt = { user: account, devices: [] }
    for (let n = 0; n < 100; n += 1) {
      expect(await checkSecondFactor({ ...attempt, check: wrong })).toEqual({ status: 'wrong' })
      app.clock.advance(16 * minute)
    }
    app.clock.advance(24 * 60 * minute)
    expect(await checkSecondFactor({ ...attempt, check: correct })).toMatchObject({
      status: 'throttled',
    })
    // The password is not locked by them, and the known device has a counter of its own.
    expect((await owner.signIn(account)).location).toBe(path)
    expect((await sendCode(owner, authenticator)).location).toBe('/dashboard')
    await app.features.signIn.unlockAccount(account.email)
    expect(await checkSecondFactor({ ...attempt, check: correct })).toMatchObject({
      status: 'correct',
    })
  })

  it('share the counter in browsers that were known before there was a factor', async () => {
    await using app = await anApp(kind)
    // Known to someone with the password: each of any number of browsers would add a hundred guesses.
    const before = await aSignedInBrowser(app)
    const { account } = before
    await before.submit('/logout', {}, { on: '/dashboard' })
    await enrollAuthenticator(app, account)
    app.clock.advance(1)
    const user = { ...account, secondFactors: 1 }
    const { checkSecondFactor } = app.features.signIn
    for (let n = 0; n < 6; n += 1) await checkSecondFactor({ user, devices: [], check: wrong })
    await before.signIn(account)
    const blocked = await before.submit(path, { method: 'authenticator', code: '000000' })
    expect(blocked.status).toBe(429)
  })

  it('are counted apart in a browser in which the user stepped up with a factor', async () => {
    await using app = await anApp(kind)
    const owner = await aSignedInBrowser(app)
    const { account } = owner
    const { code, wrongCode } = await enrollAuthenticator(app, account)
    const fields = { password: account.password, method: 'authenticator', code: code() }
    await owner.submit('/reauthenticate', fields)
    await owner.submit('/logout', {}, { on: '/dashboard' })
    const { checkSecondFactor } = app.features.signIn
    for (let n = 0; n < 6; n += 1) {
      await checkSecondFactor({ user: account, devices: [], check: wrong })
    }
    app.clock.advance(1)
    await owner.signIn(account)
    const answer = await owner.submit(path, { method: 'authenticator', code: wrongCode() })
    expect(answer.status).toBe(401)
  })

  it('restart after a success: 5-1-5 does not delay', async () => {
    await using app = await anApp(kind)
    const { account } = await anAccountWithAuthenticator(app)
    const { checkSecondFactor } = app.features.signIn
    const attempt = { user: account, devices: [] }
    for (const check of [...Array(5).fill(wrong), correct, ...Array(5).fill(wrong), correct]) {
      expect((await checkSecondFactor({ ...attempt, check })).status).not.toBe('throttled')
    }
  })

  it('are not reset by a password reset, whose browser is no known device for factors', async () => {
    await using app = await anApp(kind)
    const { account } = await anAccountWithAuthenticator(app)
    // The first reset of an unverified email removes the factors with their counter.
    await app.storage.query('UPDATE users SET email_verified_at = created_at')
    const { checkSecondFactor } = app.features.signIn
    for (let n = 0; n < 6; n += 1) {
      await checkSecondFactor({ user: account, devices: [], check: wrong })
    }
    const browser = aBrowser(app)
    await browser.submit('/forgot', { email: account.email })
    const [, link = ''] =
      /(\/reset\?token=\S+)/.exec((await app.sendRequestedEmails()).at(-1)?.composed.text ?? '') ??
      []
    await browser.open(link)
    const password = 'thimble orchard violin seven'
    app.leakDetector.addSecret(password, 'password')
    expect((await browser.submit('/reset', { password })).status).toBe(303)
    app.clock.advance(1)
    // V6.4.3: the new password leads to the second step only, and the counter is what it was.
    const first = await browser.signIn({ ...account, password })
    expect([first.location, browser.sessionCookie()]).toEqual([path, ''])
    const answer = await browser.submit(path, { method: 'authenticator', code: '000000' })
    expect(answer.status).toBe(429)
  })
})

const failures = (app: TestApp) => app.log().filter(({ event }) => event === 'second-factor-failed')

async function fastHash(password: string) {
  const hashed = await createFastHasher().hash(password, null)
  if (hashed.status !== 'hashed') throw new Error('The hasher is busy.')
  return hashed
}

async function sessionsOf(app: TestApp, { id }: Account): Promise<number> {
  const sessions = await app.features.ownSessions.list({
    userId: id,
    current: { id: '', lastActivityAt: 0 },
  })
  return sessions.length
}
