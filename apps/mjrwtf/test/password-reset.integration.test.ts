import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, formType, fromOurPage, textOf } from './support/browser.ts'
import {
  clearRates,
  emailsTo,
  linkFor,
  openedLink,
  requestPasswordReset,
  tokenOf,
} from './support/emails.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const minute = 60_000
const newPassword = 'lantern gravel oboe sixty'

/** A user who has received a password reset email. */
async function userWithResetEmail(app: TestApp) {
  app.leakDetector.addSecret(newPassword, 'password')
  const account = await app.account()
  await clearRates(app)
  await requestPasswordReset(app, account.email)
  return { account, path: await linkFor(app, account.email, 'reset-password') }
}

const reset = async (app: TestApp, path: string, password = newPassword) =>
  (await openedLink(app, path)).submit('/reset', { password })

/** Opens the reset form now and returns a function that submits it later. */
async function formAt(app: TestApp, path: string) {
  const form = await openForm(app, await openedLink(app, path), { page: '/reset' })
  return (password: string) => form.send({ password })
}

async function canSignIn(app: TestApp, { email }: Pick<Account, 'email'>, password: string) {
  app.clock.advance(1)
  return (await aBrowser(app).signIn({ email, password })).status === 303
}

const invalidLinkText = 'This link no longer works'

describe.each(databases)('password reset on %s', (kind) => {
  const app = useApp(kind)

  it('by an emailed link replaces the password and signs no one in (CS-FP-4)', async () => {
    const { account } = await userWithResetEmail(app())
    const [email] = await emailsTo(app(), account.email, 'reset-password')
    expect(email?.composed.text).toContain(`${app().baseUrl}/reset?token=`)
    const browser = aBrowser(app())
    const redirect = await browser.open(await linkFor(app(), account.email, 'reset-password'))
    expect([redirect.status, redirect.location]).toEqual([303, '/reset'])
    const page = await browser.open('/reset')
    expect(page.status).toBe(200)
    expect(textOf(page)).toContain(account.email)

    const answer = await browser.submit('/reset', { password: newPassword })
    expect([answer.status, answer.location]).toEqual([303, '/login'])
    expect(browser.sessionCookie()).toBe('')
    expect(textOf(await browser.open('/login'))).toContain('Password changed.')
    expect((await browser.open('/dashboard')).location).toMatch(/^\/login/)
    expect(await canSignIn(app(), account, account.password)).toBe(false)
    expect(await canSignIn(app(), account, newPassword)).toBe(true)

    const notifications = await emailsTo(app(), account.email, 'password-reset')
    expect(notifications).toHaveLength(1)
    expect(notifications[0]?.composed.text).not.toMatch(/token|lantern/)
  })

  it('its token is only in the email and in the cookie of the opened link (CS-FP-2)', async () => {
    const { account, path } = await userWithResetEmail(app())
    const token = tokenOf(path)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(await app().storage.dump()).not.toContain(token)
    const redirect = await aBrowser(app()).open(path)
    expect(redirect.headers).toMatchObject({
      'referrer-policy': 'strict-origin',
      'x-robots-tag': 'noindex',
      'cache-control': 'no-store',
    })
    expect(redirect.setCookies.join()).toMatch(
      /^reset-dev=[\w-]+\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600$/,
    )
    expect(app().leakDetector.lines.join()).not.toContain(token)
    expect((await reset(app(), path)).status).toBe(303)
    expect(await canSignIn(app(), account, newPassword)).toBe(true)
  })

  it('opening the link does not consume the token (link scanners, HEAD)', async () => {
    const { account, path } = await userWithResetEmail(app())
    await app().flushSecurityEvents()
    const before = await app().fingerprint()
    for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) {
      const scanner = aBrowser(app())
      expect((await scanner.send(path, { method })).status).toBe(303)
      const page = await scanner.send('/reset', { method })
      expect(page.status).toBe(200)
    }
    expect(await app().fingerprint()).toBe(before)
    expect((await reset(app(), path)).status).toBe(303)
    expect(await canSignIn(app(), account, newPassword)).toBe(true)
  })

  it.each([
    ['too short', () => 'short', /at least 15 characters/],
    ['common', () => 'passwordpassword', /.+/],
    ['the email', ({ email }: Account) => email, /.+/],
  ])(
    'rejects a password that is %s, at its field, without consuming the token',
    async (_, choose, reason) => {
      const { account, path } = await userWithResetEmail(app())
      const browser = await openedLink(app(), path)
      const answer = await browser.submit('/reset', { password: choose(account) })
      expect(answer.status).toBe(400)
      const [, problem = ''] = /id="password-problem">([^<]+)</.exec(answer.body) ?? []
      expect(problem).toMatch(reason)
      expect((await browser.submit('/reset', { password: newPassword })).status).toBe(303)
    },
  )

  it('works for 60 minutes and not a second longer', async () => {
    const { account, path } = await userWithResetEmail(app())
    const browser = await openedLink(app(), path)
    const late = await formAt(app(), path)
    app().clock.advance(60 * minute - 1_000)
    expect((await browser.open('/reset')).status).toBe(200)
    app().clock.advance(1_000)
    const answers = [await late(newPassword), await (await openedLink(app(), path)).open('/reset')]
    for (const answer of answers) {
      expect([answer.status, textOf(answer).includes(invalidLinkText)]).toEqual([400, true])
      expect(answer.body).toContain('href="/forgot"')
    }
    expect(await canSignIn(app(), account, account.password)).toBe(true)
  })

  it('invalidates its link and all other reset links of the account', async () => {
    const { account, path } = await userWithResetEmail(app())
    await requestPasswordReset(app(), account.email)
    const other = await linkFor(app(), account.email, 'reset-password')
    expect(other).not.toBe(path)
    expect((await reset(app(), other)).status).toBe(303)
    for (const used of [other, path]) {
      const answer = await (await openedLink(app(), used)).open('/reset')
      expect([answer.status, textOf(answer).includes(invalidLinkText)]).toEqual([400, true])
    }
  })

  it('accepts every link that was sent within the hour', async () => {
    const { account, path } = await userWithResetEmail(app())
    const paths = [path]
    for (const _ of [2, 3]) {
      app().clock.advance(1)
      await requestPasswordReset(app(), account.email)
      paths.push(await linkFor(app(), account.email, 'reset-password'))
    }
    expect(new Set(paths).size).toBe(3)
    for (const each of paths) {
      expect((await (await openedLink(app(), each)).open('/reset')).status).toBe(200)
    }
  })

  it('rejects a token of another kind, a malformed one and a missing one (V6.6.2)', async () => {
    const account = await app().account()
    const browser = await aSignedInBrowser(app(), account)
    await clearRates(app())
    await browser.submit('/settings/email/verification', {}, { on: '/settings/account' })
    const verify = tokenOf(await linkFor(app(), account.email, 'verify-email'))
    for (const token of [verify, 'x', '', 'A'.repeat(43), 'A'.repeat(10_000)]) {
      const guest = await openedLink(app(), `/reset?token=${token}`)
      expect((await guest.open('/reset')).status).toBe(400)
    }
    expect((await aBrowser(app()).open('/reset')).status).toBe(400)
    const visitor = aBrowser(app())
    visitor.cookies.set('reset-dev', verify)
    expect((await visitor.open('/reset')).status).toBe(400)
  })

  it("ends every session, including this browser's, with the reason (V7.4.3)", async () => {
    const { account, path } = await userWithResetEmail(app())
    const here = await aSignedInBrowser(app(), account)
    const there = await aSignedInBrowser(app(), account)
    const bystander = await aSignedInBrowser(app())
    const old = here.sessionCookie()
    await openedLink(app(), path, here)
    expect((await here.submit('/reset', { password: newPassword })).location).toBe('/login')
    expect(here.sessionCookie()).toBe('')
    expect(textOf(await here.open('/login'))).toContain('Password changed.')
    for (const cookie of [old, there.sessionCookie()]) {
      const headers = [['Cookie', `session-dev=${cookie}`]] as const
      expect((await app().send('/api/session', { headers })).status).toBe(401)
    }
    const rejected = await there.open('/dashboard')
    expect(rejected.location).toMatch(/^\/login\?error=session_expired/)
    expect(textOf(await there.open('/login'))).toContain('the password was changed')
    expect((await bystander.open('/dashboard')).status).toBe(200)
  })

  it('keeps the session of another user in the same browser', async () => {
    const { path } = await userWithResetEmail(app())
    const other = await openedLink(app(), path, await aSignedInBrowser(app()))
    expect((await other.submit('/reset', { password: newPassword })).location).toBe('/login')
    expect((await other.open('/dashboard')).status).toBe(200)
  })

  it("logs request and reset in the user's security log, without the token", async () => {
    const { account, path } = await userWithResetEmail(app())
    app().clock.advance(1)
    await reset(app(), path)
    app().clock.advance(1)
    const browser = aBrowser(app())
    await browser.signIn({ email: account.email, password: newPassword })
    const log = await browser.open('/settings/security-log?format=json')
    const events = JSON.parse(log.body).events.map(({ event }: { event: string }) => event)
    expect(events).toEqual(['session-created', 'password-reset', 'password-reset-requested'])
    const line = app()
      .log()
      .findLast(({ event }) => event === 'password-reset')
    expect(line).toMatchObject({ userId: account.id, level: 30 })
  })

  it('a change in the settings invalidates the reset link', async () => {
    const { account, path } = await userWithResetEmail(app())
    const open = await openedLink(app(), path)
    const owner = await aSignedInBrowser(app(), account)
    const fields = { current_password: account.password, new_password: newPassword }
    expect((await owner.submit('/settings/password', fields)).status).toBe(303)
    expect((await open.open('/reset')).status).toBe(400)
    expect(await canSignIn(app(), account, newPassword)).toBe(true)
  })

  it('marks the email as verified', async () => {
    const { account, path } = await userWithResetEmail(app())
    await reset(app(), path)
    app().clock.advance(1)
    const browser = aBrowser(app())
    await browser.signIn({ email: account.email, password: newPassword })
    expect(textOf(await browser.open('/settings/account'))).toContain('Verified ')
  })

  it('a forged host does not change the link, which uses the configured host (CS-FP-3)', async () => {
    const account = await app().account()
    await clearRates(app())
    for (const name of ['Host', 'X-Forwarded-Host', 'Forwarded', 'X-Original-Host']) {
      const value = name === 'Forwarded' ? 'host=evil.test' : 'evil.test'
      const browser = aBrowser(app())
      const csrf_token = await browser.csrfToken('/forgot')
      const headers = [...formType, ...fromOurPage(app()), [name, value]] as const
      const body = new URLSearchParams({ csrf_token, email: account.email }).toString()
      await browser.send('/forgot', { method: 'POST', headers, body })
    }
    const emails = await emailsTo(app(), account.email, 'reset-password')
    expect(emails.length).toBeGreaterThan(2)
    for (const { composed } of emails) {
      expect(composed.text + composed.html).not.toContain('evil.test')
      expect(composed.text).toContain(`${app().baseUrl}/reset?token=`)
    }
  })
})

describe.each(databases)('reset link on %s', (kind) => {
  it('sets exactly one of fifty passwords sent concurrently (CS-FP-2, V6.6.2)', async () => {
    await using app = await anApp(kind)
    const { account, path } = await userWithResetEmail(app)
    const forms = await Promise.all(Array.from({ length: 50 }, () => formAt(app, path)))
    const passwords = forms.map((_, n) => `lantern gravel oboe number ${n}`)
    const blocked = app.faults.block('emailTokens.resetPassword')
    const answers = forms.map((send, n) => send(passwords[n] ?? ''))
    await blocked.reached
    blocked.release()
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    expect(statuses.every((status) => [303, 400, 429].includes(status))).toBe(true)
    expect(await app.storage.query('SELECT password_version FROM users')).toEqual([
      { password_version: 1 },
    ])
    const winner = passwords[statuses.indexOf(303)] ?? ''
    expect(await canSignIn(app, account, winner)).toBe(true)
  })

  it('unlocks an account locked after a hundred failures and resets its throttle (63B 3.2.2)', async () => {
    await using app = await anApp(kind)
    const { account, path } = await userWithResetEmail(app)
    const key = `SELECT key FROM attempts WHERE key LIKE 'account:%'`
    await aBrowser(app).signIn({ email: account.email, password: 'wrong' })
    await app.storage.query(`UPDATE attempts SET failures = 100 WHERE key IN (${key})`)
    expect((await aBrowser(app).signIn(account)).status).toBe(429)
    expect((await reset(app, path)).status).toBe(303)
    expect(await canSignIn(app, account, newPassword)).toBe(true)
  })

  it('rejects a concurrent sign-in with the old password', async () => {
    await using app = await anApp(kind)
    const { account, path } = await userWithResetEmail(app)
    const intruder = aBrowser(app)
    const blocked = app.faults.block('store.insert')
    const signingIn = intruder.signIn(account)
    await blocked.reached
    expect((await reset(app, path)).status).toBe(303)
    blocked.release()
    expect((await signingIn).status).toBe(401)
    expect(intruder.sessionCookie()).toBe('')
  })

  it('exactly one of a concurrent reset and settings change succeeds', async () => {
    await using app = await anApp(kind)
    const { account, path } = await userWithResetEmail(app)
    const owner = await aSignedInBrowser(app, account)
    const blocked = app.faults.block('users.changePassword')
    const other = 'quiet copper meadow nine'
    const changing = owner.submit('/settings/password', {
      current_password: account.password,
      new_password: other,
    })
    await blocked.reached
    expect((await reset(app, path)).status).toBe(303)
    blocked.release()
    expect((await changing).status).toBe(409)
    expect(await canSignIn(app, account, other)).toBe(false)
    expect(await canSignIn(app, account, newPassword)).toBe(true)
  })

  it('reports the reset if sessions cannot be ended; they are rejected all the same', async () => {
    await using app = await anApp(kind)
    const { account, path } = await userWithResetEmail(app)
    const there = await aSignedInBrowser(app, account)
    const send = await formAt(app, path)
    app.faults.fail('store.endByUser', () => new SessionError('store-unavailable', 'planted'))
    const answer = await send(newPassword)
    app.faults.restore()
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
    expect(textOf(answer)).toContain('Password changed')
    expect((await there.send('/api/session')).status).toBe(401)
    expect(await canSignIn(app, account, newPassword)).toBe(true)
  })

  it('answers 429 to invalid tokens after 30 from one IP address; a valid link works (V6.6.3)', async () => {
    await using app = await anApp(kind)
    const { path } = await userWithResetEmail(app)
    const statuses: number[] = []
    for (let n = 0; n < 32; n += 1) {
      const browser = await openedLink(app, `/reset?token=${'A'.repeat(41)}${n + 10}`)
      const answer = await browser.open('/reset')
      statuses.push(answer.status)
      if (answer.status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 400))
    expect(statuses.slice(30)).toEqual([429, 429])
    expect((await (await openedLink(app, path)).open('/reset')).status).toBe(200)
  })

  it('expired tokens are purged', async () => {
    await using app = await anApp(kind)
    await userWithResetEmail(app)
    app.clock.advance(60 * minute)
    await app.features.purge()
    expect(await app.storage.query('SELECT * FROM email_tokens')).toEqual([])
  })
})

describe.each(databases)('requesting a reset email on %s', (kind) => {
  it('same response after the same work for known, unknown, locked accounts (V6.3.8, CS-FP-1)', async () => {
    await using app = await anApp(kind)
    const known = await app.account('known@users.test')
    const locked = await app.account('locked@users.test')
    await aBrowser(app).signIn({ email: locked.email, password: 'wrong' })
    await app.storage.query('UPDATE attempts SET failures = 100')
    const outcomeOf = async (email: string) => {
      const browser = aBrowser(app)
      app.faults.calls.length = 0
      const answer = await browser.submit('/forgot', { email })
      const calls = [...app.faults.calls]
      const page = await browser.open('/forgot')
      const text = textOf(page).replace(email, '…')
      return { status: answer.status, location: answer.location, calls, text }
    }
    const answers = [
      await outcomeOf(known.email),
      await outcomeOf('nobody@users.test'),
      await outcomeOf(locked.email),
    ]
    expect(answers[0]).toMatchObject({ status: 303, location: '/forgot' })
    expect(answers[0]?.text).toContain('If … has an account, we have sent a reset link.')
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    expect(answers[0]?.calls.filter((call) => !call.startsWith('rateLimiter.'))).toEqual([])
    expect(await emailsTo(app, known.email)).toHaveLength(1)
    expect(await emailsTo(app, locked.email)).toHaveLength(1)
    expect(await emailsTo(app, 'nobody@users.test')).toHaveLength(0)
  })

  it('sends to the email stored with the account, however the input was spelled', async () => {
    await using app = await anApp(kind)
    await app.account('J\u00f6rg@Users.test')
    await requestPasswordReset(app, ' jo\u0308rg@USERS.test ')
    expect(await emailsTo(app, 'J\u00f6rg@Users.test', 'reset-password')).toHaveLength(1)
  })

  it('rejects a malformed email at its field', async () => {
    await using app = await anApp(kind)
    const answer = await aBrowser(app).submit('/forgot', { email: 'not an email' })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatch(/id="email"[^>]*aria-invalid="true"/)
    expect(await app.sendRequestedEmails()).toEqual([])
  })

  it('is answered the same however often it is repeated, with or without an account (V6.6.3)', async () => {
    await using app = await anApp(kind)
    const { email } = await app.account()
    const requestRepeatedly = async (to: string) => {
      const answers: string[] = []
      for (let n = 0; n < 7; n += 1) {
        const { status, location, body } = await requestPasswordReset(app, to)
        answers.push(`${status} ${location} ${body}`)
      }
      return answers
    }
    const known = await requestRepeatedly(email)
    expect(known).toEqual(Array.from({ length: 7 }, () => '303 /forgot '))
    expect(await requestRepeatedly('nobody@users.test')).toEqual(known)
    expect((await emailsTo(app, email)).length).toBe(3)
  })

  it('sends each email once, even if the database fails at the second of three', async () => {
    await using app = await anApp(kind)
    const accounts = [await app.account(), await app.account(), await app.account()]
    await requestPasswordReset(app, accounts[0]?.email ?? '')
    await app.sendRequestedEmails()
    for (const { email } of accounts) await requestPasswordReset(app, email)
    const first = app.faults.block('emailTokens.add')
    const writing = app.sendRequestedEmails()
    await first.reached
    const second = app.faults.block('emailTokens.add')
    first.release()
    await second.reached
    app.faults.fail('emailTokens.add', () => new Error('planted'))
    second.release()
    await expect(writing).rejects.toThrow('planted')
    app.faults.restore()
    await app.sendRequestedEmails()
    const counts: number[] = []
    for (const { email } of accounts) counts.push((await emailsTo(app, email)).length)
    expect(counts).toEqual([2, 1, 1])
  })

  it('is not offered if the server sends no email; the page points to the operator', async () => {
    await using app = await anApp(kind, {
      env: { BASE_URL: 'https://mjr.test', TRUSTED_PROXIES: '127.0.0.1' },
    })
    const { email } = await app.account()
    const page = await aBrowser(app).open('/forgot')
    expect([page.status, page.body.includes('<form class="card"')]).toEqual([200, false])
    expect(textOf(page)).toContain('Password reset by email is not available here')
    const browser = aBrowser(app)
    const answer = await browser.submit('/forgot', { email }, { on: '/login' })
    expect(answer.status).toBe(503)
    expect(await app.sendRequestedEmails()).toEqual([])
  })

  it('prefills the email of a signed-in user and links back to the settings', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const page = await browser.open('/forgot')
    expect(page.body).toContain(`value="${browser.account.email}"`)
    expect(page.body).toContain('<a href="/settings/account">Cancel</a>')
    expect((await aBrowser(app).open('/forgot')).body).toContain('<a href="/login">')
  })

  it('is linked from the sign-in page', async () => {
    await using app = await anApp(kind)
    expect((await aBrowser(app).open('/login')).body).toContain('<a href="/forgot">')
  })
})
