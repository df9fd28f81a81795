import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nodeSecrets } from '../src/adapters/crypto/secrets.ts'
import { createLimits } from '../src/application/shared/rate-limits.ts'
import type { KnownDevice } from '../src/domain/known-device.ts'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { linkFor, openedLink, requestPasswordReset } from './support/emails.ts'
import { proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const bearerToken = 'a-shared-bearer-token-of-old'
const withToken = (token: string): RawHeaders => [['Authorization', `Bearer ${token}`]]
const from = (ipAddress: string): RawHeaders => [['X-Forwarded-For', ipAddress]]

/** Rate limits use the machine's clock, which is fixed here until a test moves it. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const advance = (length: number) => vi.setSystemTime(Date.now() + length)

const retryAfter = ({ status, headers }: TestResponse) => [status, headers['retry-after']]

const tooManyJson = {
  error: {
    code: 'too_many_requests',
    message: expect.any(String),
    request_id: expect.any(String),
  },
}

/** The rate limits logged as reached. */
function reached(app: TestApp): readonly unknown[] {
  return app.log().flatMap(({ event, limit }) => (event === 'limit-reached' ? [limit] : []))
}

describe.each(databases)('API rate limit on %s (V2.4.1)', (kind) => {
  async function exhaust(app: TestApp, caller: string): Promise<void> {
    const calls = Array.from({ length: rateLimits.api.max }, () =>
      app.features.limits.apiCall(caller),
    )
    expect((await Promise.all(calls)).filter((refusal) => refusal !== null)).toEqual([])
  }

  it('answers 429 with Retry-After per user on every route, until the minute has passed', async () => {
    await using app = await anApp(kind, { env: { AUTH_TOKEN: bearerToken } })
    const ann = await aSignedInBrowser(app)
    const bob = await aSignedInBrowser(app)
    await exhaust(app, `user:${bob.account.id}`)

    const paths = app.routes.filter((route) => route.startsWith('GET /api/'))
    expect(paths.length).toBeGreaterThan(4)
    for (const route of paths) {
      const answer = await bob.send(route.slice(4).replace(/:\w+/, 'abc'))
      expect([route, ...retryAfter(answer)]).toEqual([route, 429, '60'])
      expect(answer.json()).toEqual(tooManyJson)
    }
    expect(reached(app)).toEqual(paths.map(() => 'api'))
    // Pages and other users are not affected.
    expect((await bob.open('/dashboard')).status).toBe(200)
    expect((await ann.send('/api/session')).status).toBe(200)
    expect((await app.send('/api/urls', { headers: withToken(bearerToken) })).status).toBe(200)

    advance(60_000)
    expect((await bob.send('/api/session')).status).toBe(200)
  })

  it('counts each bearer token separately', async () => {
    const other = 'another-shared-bearer-token'
    await using app = await anApp(kind, { env: { AUTH_TOKENS: `${bearerToken},${other}` } })
    const operator = await aSignedInBrowser(app)
    await exhaust(app, 'token:1')
    const statuses: number[] = []
    for (const token of [bearerToken, other]) {
      statuses.push((await app.send('/api/urls', { headers: withToken(token) })).status)
    }
    expect(statuses).toEqual([200, 429])
    expect((await operator.send('/api/urls')).status).toBe(200)
    // Not even a hash of a token is stored: operators choose tokens, so a hash could be guessed.
    expect(await app.storage.dump()).not.toContain(nodeSecrets.hash(`token:${other}`))
  })

  it('writes one count for ten requests', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    await app.flushActivity()
    await browser.send('/api/urls')
    const before = await app.storage.query('SELECT * FROM rate_limits')
    for (let n = 0; n < 9; n += 1) await browser.send('/api/urls')
    expect(await app.storage.query('SELECT * FROM rate_limits')).toEqual(before)
  })
})

describe.each(databases)('invalid bearer tokens on %s (V6.3.1)', (kind) => {
  const env = { AUTH_TOKEN: bearerToken }
  const { max } = rateLimits.invalidBearerTokens

  it('are limited per IP address, concurrent ones included; valid ones then get 429 too', async () => {
    await using app = await anApp(kind, { env: { ...env, ...proxied } })
    const browser = await aSignedInBrowser(app)
    const guess = (token: string, ipAddress = '192.0.2.7') =>
      app.send('/api/urls', { headers: [...withToken(token), ...from(ipAddress)] })
    expect((await guess(bearerToken)).status).toBe(200)

    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => guess(`guess-${n}`)))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(max)
    const rejected = answers.filter(({ status }) => status === 429)
    expect(rejected).toHaveLength(100 - max)
    expect(rejected[0]?.json()).toEqual(tooManyJson)
    expect(reached(app)).toEqual(rejected.map(() => 'invalid-bearer-tokens'))

    expect(retryAfter(await guess(bearerToken))).toEqual([429, '60'])
    expect((await guess(bearerToken, '192.0.2.8')).status).toBe(200)
    expect((await browser.send('/api/session', { headers: from('192.0.2.7') })).status).toBe(200)
    advance(60_000)
    expect((await guess(bearerToken)).status).toBe(200)
  })

  it('do not block a valid token that is too long to be guessed', async () => {
    const long = 'f3b1c0a4e98d7726550b1d2e3c4f5a69'
    await using app = await anApp(kind, { env: { AUTH_TOKENS: `${bearerToken},${long}` } })
    const operator = await app.account()
    const guess = (token: string) => app.send('/api/urls', { headers: withToken(token) })
    for (let n = 0; n < max; n += 1) await guess(`guess-${n}`)
    expect([(await guess(bearerToken)).status, (await guess(long)).status]).toEqual([429, 200])
    expect(operator.isOperator).toBe(true)
  })

  it('are counted per IPv6 /64 and by no forged header (V4.1.3)', async () => {
    await using behind = await anApp(kind, { env: { ...env, ...proxied } })
    await using bare = await anApp(kind, { env })
    const waiting = async (app: TestApp, ipAddressOf: (n: number) => string) => {
      const statuses: number[] = []
      for (let n = 0; n < max + 2; n += 1) {
        const headers = [...withToken(`guess-${n}`), ...from(ipAddressOf(n))]
        statuses.push((await app.send('/api/urls', { headers })).status)
      }
      return statuses.filter((status) => status === 429).length
    }
    expect(await waiting(behind, (n) => `2001:db8:1:2::${n + 1}`)).toBe(2)
    expect(await waiting(behind, (n) => `2001:db8:1:${n + 10}::1`)).toBe(0)
    expect(await waiting(behind, (n) => `203.0.113.${n}, 198.51.100.1`)).toBe(2)
    expect(await waiting(bare, (n) => `203.0.113.${n}`)).toBe(2)
  })
})

describe.each(databases)('per-user rate limits on %s (V2.4.1)', (kind) => {
  it('limit exports of one user: a page with 429 and Retry-After', async () => {
    await using app = await anApp(kind)
    const [ann, bob] = [await aSignedInBrowser(app), await aSignedInBrowser(app)]
    for (let n = 0; n < rateLimits.exports.max; n += 1) {
      expect((await ann.open('/settings/security-log?format=csv')).status).toBe(200)
    }
    const rejected = await ann.open('/settings/security-log?format=json')
    expect(retryAfter(rejected)).toEqual([429, '3600'])
    expect(textOf(rejected)).toContain('You have reached the limit of 20 exports per hour.')
    expect(reached(app)).toEqual(['exports'])
    expect((await ann.open('/settings/security-log')).status).toBe(200)
    expect((await bob.open('/settings/security-log?format=csv')).status).toBe(200)
    advance(3_600_000)
    expect((await ann.open('/settings/security-log?format=csv')).status).toBe(200)
  })

  it('limit correct sign-ins of one account; wrong ones and a reset leave the user a way in', async () => {
    const mail = { SMTP_URL: 'smtp://localhost:25', MAIL_FROM: 'a@b.test' }
    await using app = await anApp(kind, { env: { ...proxied, ...mail } })
    const account = await app.account()
    const { authenticate, reauthenticate } = app.features.signIn
    const { email, password } = account
    for (let n = 0; n < 5; n += 1) {
      await authenticate({ email, password: 'wrong', ipAddress: `192.0.2.${n}` })
    }
    const { max } = rateLimits.signIns
    for (let n = 0; n < max - 1; n += 1) {
      const result = await authenticate({ email, password, ipAddress: `192.0.2.${n}` })
      expect(result.status).toBe('authenticated')
    }
    const last = aBrowser(app, from('198.51.100.1'))
    expect((await last.signIn(account)).status).toBe(303)
    const browser = aBrowser(app, from('198.51.100.2'))
    const rejected = await browser.signIn(account)
    expect(retryAfter(rejected)).toEqual([429, '3600'])
    expect(browser.sessionCookie()).toBe('')
    expect((await aBrowser(app, from('198.51.100.2')).signIn(await app.account())).status).toBe(303)
    // A confirmation of the password creates no session.
    const confirmation = { user: account, password, ipAddress: '192.0.2.1', devices: [] }
    expect((await reauthenticate(confirmation)).status).toBe('authenticated')

    // Anyone who knows the password can change it again and again.
    const [changed, reset] = ['lantern gravel oboe sixty', 'lantern gravel oboe seventy']
    const change = (current_password: string, new_password: string) =>
      last.submit('/settings/password', { current_password, new_password })
    expect((await change(password, changed)).status).toBe(303)
    app.clock.advance(1)
    expect((await browser.signIn({ email, password: changed })).status).toBe(429)

    await requestPasswordReset(app, email)
    await openedLink(app, await linkFor(app, email, 'reset-password'), browser)
    await browser.submit('/reset', { password: reset })
    app.clock.advance(1)
    expect((await last.signIn({ email, password: reset })).status).toBe(303)
    for (let n = 0; n < max - 2; n += 1) {
      await authenticate({ email, password: reset, ipAddress: '192.0.2.1' })
    }
    expect((await change(reset, password)).status).toBe(303)
    app.clock.advance(1)
    expect((await browser.signIn({ email, password })).status).toBe(303)
    expect((await browser.signIn({ email, password })).status).toBe(429)
  })

  it('limit resets of one account; an unused link works afterwards', async () => {
    await using app = await anApp(kind)
    const { email } = await app.account()
    const { max } = rateLimits.passwordResets
    const resetOnce = async (n: number) => {
      app.clock.advance(1)
      await app.storage.query(`DELETE FROM rate_limits WHERE key LIKE 'emails-%'`)
      await requestPasswordReset(app, email)
      const browser = await openedLink(app, await linkFor(app, email, 'reset-password'))
      return [
        browser,
        await browser.submit('/reset', { password: `lantern gravel oboe ${n}` }),
      ] as const
    }
    for (let n = 0; n < max; n += 1) expect((await resetOnce(n))[1].status).toBe(303)
    const [browser, rejected] = await resetOnce(max)
    expect(retryAfter(rejected)).toEqual([429, '3600'])
    advance(3_600_000)
    const answer = await browser.submit('/reset', { password: 'lantern gravel oboe last' })
    expect(answer.location).toBe('/login')
  })

  it('limit invites', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const operator = await aSignedInBrowser(app)
    for (let n = 0; n < rateLimits.invites.max; n += 1) {
      await app.features.operator.createInvite(operator.account)
    }
    const rejected = await operator.submit('/settings/invitations')
    expect(retryAfter(rejected)).toEqual([429, '3600'])
    expect(reached(app)).toEqual(['invites'])
    expect(await app.storage.query('SELECT id FROM invites')).toHaveLength(rateLimits.invites.max)
  })

  it('limit new accounts per IP address, and log it', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open', ...proxied } })
    await app.account()
    const signUp = (n: number, ipAddress: string) => {
      const fields = { email: `n${n}@users.test`, password: `lantern gravel oboe ${n}` }
      return aBrowser(app, from(ipAddress)).submit('/signup', fields)
    }
    const { max } = rateLimits.signUp
    const limits = createLimits({ rateLimiter: app.persistence.rateLimiter, secrets: nodeSecrets })
    for (let n = 0; n < max; n += 1) await limits.signUp('2001:db8::1')
    const rejected = await signUp(1, '2001:db8::ffff')
    expect(retryAfter(rejected)).toEqual([429, '3600'])
    expect(app.log()).toContainEqual(
      expect.objectContaining({ event: 'sign-up-failed', reason: 'throttled' }),
    )
    expect((await signUp(2, '2001:db8:0:1::1')).status).toBe(303)
    advance(3_600_000)
    expect((await signUp(3, '2001:db8::1')).status).toBe(303)
  })

  it('do not keep an invited user out because of others behind the IP address', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const operator = await app.account()
    const created = await app.features.operator.createInvite(operator)
    const invite = created.status === 'created' ? created.code : ''
    const { signUp } = app.features.accounts
    const request = { password: 'lantern gravel oboe sixty', ipAddress: '192.0.2.7' }
    const statuses: string[] = []
    for (let n = 0; n < rateLimits.signUp.max + 2; n += 1) {
      const visitor = { ...request, email: `n${n}@users.test`, invite: `wrong-${n}` }
      statuses.push((await signUp(visitor)).status)
    }
    expect(statuses.slice(-3)).toEqual(['closed', 'throttled', 'throttled'])
    const invited = { ...request, email: 'invited@users.test', invite }
    expect((await signUp(invited)).status).toBe('created')
    expect((await signUp({ ...invited, email: 'again@users.test' })).status).toBe('throttled')
  })

  it('do not count sign-ups rejected for invalid input', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account()
    const wrong = [
      { email: 'nothing', password: 'lantern gravel oboe sixty' },
      { email: 'pupil@users.test', password: 'short' },
    ]
    for (let n = 0; n < 2 * rateLimits.signUp.max; n += 1) {
      const [{ email, password } = { email: '', password: '' }] = wrong.slice(n % 2)
      const request = { email, password, invite: null, ipAddress: '127.0.0.1' }
      expect(await app.features.accounts.signUp(request)).toMatchObject({ status: 'invalid' })
    }
    const right = { email: 'pupil@users.test', password: 'lantern gravel oboe sixty' }
    expect((await aBrowser(app).submit('/signup', right)).status).toBe(303)
  })

  it('limit reset requests per IP address, and per user and password of a known browser', async () => {
    await using app = await anApp(kind)
    const account = await app.account('known@users.test')
    const { resetRequest } = createLimits({
      rateLimiter: app.persistence.rateLimiter,
      secrets: nodeSecrets,
    })
    const requestRepeatedly = async (times: number, devices: readonly KnownDevice[] = []) => {
      const answers: (number | null)[] = []
      for (let n = 0; n < times; n += 1) {
        const throttled = await resetRequest({ ipAddress: '192.0.2.9', devices })
        answers.push(throttled?.retryAfterSeconds ?? null)
      }
      return answers
    }
    const { emailsPerClient, emailsPerBrowser } = rateLimits
    const allowed = (times: number) => Array.from({ length: times }, () => null)
    expect(await requestRepeatedly(emailsPerClient.max + 1)).toEqual([
      ...allowed(emailsPerClient.max),
      3_600,
    ])
    const device = {
      userId: account.id,
      id: 'device',
      passwordVersion: 1,
      hasSentFactor: true,
      knownAt: 0,
    }
    // A browser of the password before cannot exhaust the limit of those that know the new one.
    for (const each of [{ ...device, passwordVersion: 0 }, device]) {
      expect(await requestRepeatedly(emailsPerBrowser.max + 1, [each])).toEqual([
        ...allowed(emailsPerBrowser.max),
        3_600,
      ])
    }
    expect(await app.storage.dump()).not.toContain('192.0.2.9')
  })
})
