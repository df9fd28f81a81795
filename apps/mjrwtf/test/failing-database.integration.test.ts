import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import type { PasswordHasher } from '../src/application/ports/passwords.ts'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import {
  aBrowser,
  aSignedInBrowser,
  type Browser,
  type SignedInBrowser,
} from './support/browser.ts'
import { clearRates } from './support/emails.ts'
import { createFastHasher } from './support/fast-hasher.ts'
import type { Account, TestApp } from './support/open-app.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const bearer: RawHeaders = [['Authorization', 'Bearer a-shared-bearer-token']]

const env = { AUTH_TOKEN: 'a-shared-bearer-token', SIGNUP: 'invite' }

const planted = 'planted detail: password=hunter2 host=10.1.2.3'

function failureOf(method: string): Error {
  const cause = new Error(planted)
  return method.startsWith('store.')
    ? new SessionError('store-unavailable', planted, { cause })
    : new RepositoryError(planted, { cause })
}

/** A signed-in user who owns the link `abc`, created before anything fails. */
interface Fixture {
  readonly app: TestApp
  readonly browser: SignedInBrowser
  /** Sends a form with a CSRF token fetched before the failure. */
  readonly post: (path: string, fields?: Readonly<Record<string, string>>) => Promise<TestResponse>
  readonly postAnonymously: (
    path: string,
    fields: Readonly<Record<string, string>>,
  ) => Promise<TestResponse>
  readonly call: (method: string, path: string, body?: object) => Promise<TestResponse>
}

type RequestFn = (fixture: Fixture) => Promise<TestResponse>

const open =
  (path: string): RequestFn =>
  ({ browser }) =>
    browser.open(path)

/** Follows an email link with an unknown token. */
const openLink =
  (path: string): RequestFn =>
  async ({ browser }) => {
    await browser.open(`${path}?token=${'A'.repeat(43)}`)
    return browser.open(path)
  }

const credentials = ({ account }: Fixture['browser']) => ({
  email: account.email,
  password: account.password,
})

const newcomer = { email: 'newcomer@users.test', password: 'lantern gravel oboe sixty' }

const url = { original_url: 'https://dest.test/' }

/** Every store and repository method that a request can reach, with a request that does. */
const reachable: readonly (readonly [method: string, description: string, send: RequestFn])[] = [
  ['store.find', 'GET /', open('/')],
  ['store.find', 'GET /login', open('/login')],
  ['store.find', 'GET /dashboard', open('/dashboard')],
  ['store.find', 'GET /create', open('/create')],
  ['store.find', 'GET /api/session', open('/api/session')],
  ['store.find', 'GET /api/urls', open('/api/urls')],
  ['store.find', 'POST /create', ({ post }) => post('/create', url)],
  ['store.find', 'POST /login', ({ post, browser }) => post('/login', credentials(browser))],
  ['store.find', 'POST /logout', ({ post }) => post('/logout')],
  ['store.find', 'POST /api/urls', ({ call }) => call('POST', '/api/urls', url)],
  ['store.end', 'POST /logout', ({ post }) => post('/logout')],
  [
    'store.insert',
    'POST /login',
    ({ postAnonymously, browser }) => postAnonymously('/login', credentials(browser)),
  ],
  [
    'store.insert',
    'POST /login over a session',
    ({ post, browser }) => post('/login', credentials(browser)),
  ],
  ['store.updateData', 'GET /dashboard with a flash', open('/dashboard')],
  ['store.updateData', 'POST /links/abc/edit', ({ post }) => post('/links/abc/edit', url)],
  ['users.find', 'GET /', open('/')],
  ['users.find', 'GET /dashboard', open('/dashboard')],
  ['users.find', 'GET /api/session', open('/api/session')],
  [
    'users.findByEmail',
    'POST /login',
    ({ postAnonymously, browser }) => postAnonymously('/login', credentials(browser)),
  ],
  [
    'users.recordFirstSignIn',
    'POST /login',
    ({ postAnonymously, browser }) => postAnonymously('/login', credentials(browser)),
  ],
  [
    'users.replacePasswordHash',
    'POST /login with an old hash',
    ({ postAnonymously, browser }) => postAnonymously('/login', credentials(browser)),
  ],
  [
    'users.findOperator',
    'GET /api/urls with a token',
    ({ app }) => app.send('/api/urls', { headers: bearer }),
  ],
  ['users.hasOperator', 'GET /setup', ({ app }) => aBrowser(app).open('/setup?code=x')],
  ['users.hasOperator', 'GET / as an anonymous visitor', ({ app }) => aBrowser(app).open('/')],
  [
    'users.hasOperator',
    'POST /setup',
    ({ postAnonymously }) => postAnonymously('/setup', { ...newcomer, code: 'x' }),
  ],
  [
    'users.hasOperator',
    'POST /signup',
    ({ postAnonymously }) => postAnonymously('/signup', { ...newcomer, invite: 'x' }),
  ],
  ['invites.isUsable', 'GET /signup', ({ app }) => aBrowser(app).open('/signup?invite=x')],
  [
    'invites.isUsable',
    'POST /signup',
    ({ postAnonymously }) => postAnonymously('/signup', { ...newcomer, invite: 'x' }),
  ],
  ['invites.add', 'POST /settings/invitations', ({ post }) => post('/settings/invitations')],
  [
    'attempts.reserve',
    'POST /login',
    ({ postAnonymously, browser }) => postAnonymously('/login', credentials(browser)),
  ],
  [
    'attempts.refund',
    'POST /login',
    ({ postAnonymously, browser }) => postAnonymously('/login', credentials(browser)),
  ],
  [
    'attempts.clear',
    'POST /login',
    ({ postAnonymously, browser }) => postAnonymously('/login', credentials(browser)),
  ],
  [
    'rateLimiter.consume',
    'POST /signup',
    ({ postAnonymously }) => postAnonymously('/signup', { ...newcomer, invite: 'x' }),
  ],
  [
    'rateLimiter.consume',
    'POST /forgot',
    ({ postAnonymously, browser }) =>
      postAnonymously('/forgot', { email: credentials(browser).email }),
  ],
  ['rateLimiter.consume', 'GET /reset with a wrong token', openLink('/reset')],
  ['emailTokens.find', 'GET /reset', openLink('/reset')],
  ['emailTokens.find', 'GET /verify', openLink('/verify')],
  ['emailChanges.findLink', 'GET /verify', openLink('/verify')],
  ['emailChanges.status', 'GET /settings/account', open('/settings/account')],
  [
    'emailChanges.status',
    'POST /settings/email/verification',
    ({ post }) => post('/settings/email/verification'),
  ],
  [
    'emailChanges.requestChange',
    'POST /settings/email',
    async ({ app, post }) => {
      await clearRates(app)
      return post('/settings/email', { email: newcomer.email })
    },
  ],
  [
    'emailChanges.cancelChange',
    'POST /settings/email/cancel',
    ({ post }) => post('/settings/email/cancel'),
  ],
  ['rateLimiter.consume', 'POST /create', ({ post }) => post('/create', url)],
  ['rateLimiter.consume', 'POST /api/urls', ({ call }) => call('POST', '/api/urls', url)],
  ['rateLimiter.consume', 'GET /api/session', open('/api/session')],
  ['rateLimiter.consume', 'GET /settings/security-log', open('/settings/security-log?format=csv')],
  [
    'rateLimiter.consume',
    'POST /settings/invitations',
    ({ post }) => post('/settings/invitations'),
  ],
  [
    'rateLimiter.consume',
    'GET /api/urls with a wrong token',
    ({ app }) => app.send('/api/urls', { headers: [['Authorization', 'Bearer wrong-token']] }),
  ],
  [
    'rateLimiter.retryDelay',
    'GET /api/urls with a token',
    ({ app }) => app.send('/api/urls', { headers: bearer }),
  ],
  ['links.add', 'POST /create', ({ post }) => post('/create', url)],
  ['links.add', 'POST /api/urls', ({ call }) => call('POST', '/api/urls', url)],
  [
    'accounts.remove',
    'POST /settings/delete',
    ({ post, browser }) => post('/settings/delete', { email: browser.account.email }),
  ],
  [
    'store.listByUser',
    'POST /settings/export',
    ({ post }) => post('/settings/export', { file: 'everything' }),
  ],
  ['grantStore.listByUser', 'GET /settings/connected-apps', open('/settings/connected-apps')],
  [
    'grantStore.endByUser',
    'POST /settings/connected-apps/revoke-all',
    ({ post }) => post('/settings/connected-apps/revoke-all'),
  ],
  [
    'deviceAuthorizations.findByUserCode',
    'POST /oauth/device',
    ({ post }) => post('/oauth/device', { user_code: 'WDJB-MJHT' }),
  ],
  ['userDirectory.list', 'GET /settings/users', open('/settings/users')],
  [
    'userDirectory.ids',
    'POST /settings/users/revoke-all',
    ({ post }) => post('/settings/users/revoke-all'),
  ],
  ['accounts.hasOthers', 'GET /settings/delete', open('/settings/delete')],
  ['links.findCodes', 'GET /nothing', open('/nothing')],
  ['links.resolve', 'GET /abc', open('/abc')],
  ['links.resolve', 'GET /abc+', open('/abc+')],
  ['links.findOwn', 'GET /links/abc/edit', open('/links/abc/edit')],
  ['links.findOwn', 'GET /api/urls/abc', open('/api/urls/abc')],
  ['links.findOwn', 'GET /api/urls/abc/analytics', open('/api/urls/abc/analytics')],
  ['links.list', 'GET /dashboard', open('/dashboard')],
  ['links.list', 'GET /api/urls', open('/api/urls')],
  ['links.count', 'GET /dashboard', open('/dashboard')],
  ['links.edit', 'POST /links/abc/edit', ({ post }) => post('/links/abc/edit', url)],
  ['links.edit', 'PATCH /api/urls/abc', ({ call }) => call('PATCH', '/api/urls/abc', url)],
  ['linkChanges.add', 'POST /links/abc/delete', ({ post }) => post('/links/abc/delete')],
  ['linkChanges.find', 'GET /dashboard?change=…', open('/dashboard?change=abc')],
  ['linkChanges.listRemoved', 'GET /dashboard/deleted', open('/dashboard/deleted')],
  ['links.listTags', 'GET /dashboard/tags', open('/dashboard/tags')],
  ['links.remove', 'DELETE /api/urls/abc', ({ call }) => call('DELETE', '/api/urls/abc')],
  ['drafts.find', 'GET /create?draft=…', open('/create?draft=AAAAAAAAAAAAAAAAAAAAAA')],
  ['clicks.analyze', 'GET /api/urls/abc/analytics', open('/api/urls/abc/analytics')],
]

/** Every hash is outdated, so each sign-in replaces it. */
function createOutdatedHasher(): PasswordHasher {
  const fast = createFastHasher()
  return {
    hash: fast.hash,
    async check(password, storedHash) {
      const check = await fast.check(password, storedHash, null)
      return check.status === 'match' ? { status: 'match', needsRehash: true } : check
    },
  }
}

async function createFixture(app: TestApp): Promise<Fixture> {
  const browser = await aSignedInBrowser(app, await operatorOf(app))
  await browser.call('POST', '/api/urls', { ...url, short_code: 'abc' })
  const token = await browser.csrfToken('/links/abc/edit')
  const visitor = aBrowser(app)
  const anonymousToken = await visitor.csrfToken('/login')
  const formHeaders: RawHeaders = [
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Sec-Fetch-Site', 'same-origin'],
  ]
  const sendForm = (client: Browser, path: string, fields: Readonly<Record<string, string>>) =>
    client.send(path, {
      method: 'POST',
      headers: formHeaders,
      body: new URLSearchParams(fields).toString(),
    })
  const post: Fixture['post'] = (path, fields = {}) =>
    sendForm(browser, path, { csrf_token: token, ...fields })
  // Leaves a flash for the next page.
  await post('/links/abc/edit', url)
  return {
    app,
    browser,
    post,
    postAnonymously: (path, fields) =>
      sendForm(visitor, path, { csrf_token: anonymousToken, ...fields }),
    call: (method, path, body = {}) => {
      const headers: RawHeaders = [
        ['Content-Type', 'application/json'],
        ['X-CSRF-Token', token],
        ['Sec-Fetch-Site', 'same-origin'],
      ]
      return browser.send(path, { method, headers, body: JSON.stringify(body) })
    },
  }
}

let operator: { readonly app: TestApp; readonly account: Account } | null = null

/** The first account of each app, which may create invites. */
async function operatorOf(app: TestApp): Promise<Account> {
  if (operator?.app !== app) operator = { app, account: await app.account() }
  return operator.account
}

describe.each(databases)('failing database on %s (V16.5.2, V16.5.3)', (kind) => {
  const opened = useApp(kind, { env, passwordHasher: createOutdatedHasher() })

  it.each(reachable)(
    '%s fails in %s: 503 with Retry-After, cookie kept, no session created',
    async (method, _, send) => {
      const app = opened()
      const fixture = await createFixture(app)
      const cookie = fixture.browser.sessionCookie()
      const sessions = await app.storage.query(
        'SELECT id FROM sessions WHERE ended_at IS NULL ORDER BY id',
      )
      const users = await app.storage.query('SELECT id FROM users')

      app.faults.calls.length = 0
      app.faults.fail(method, () => failureOf(method))
      const answer = await send(fixture)
      app.faults.restore()

      expect(app.faults.calls).toContain(method)
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
      expect(answer.setCookies).toEqual([])
      expect(answer.body).not.toMatch(
        /planted|hunter2|10\.1\.2\.3|at .*\.ts|RepositoryError|SessionError/,
      )
      expect(answer.body).toContain(String(answer.headers['x-request-id']))
      expect(fixture.browser.sessionCookie()).toBe(cookie)
      expect(await app.storage.query('SELECT id FROM users')).toEqual(users)
      expect(
        await app.storage.query('SELECT id FROM sessions WHERE ended_at IS NULL ORDER BY id'),
      ).toEqual(sessions)
      // The session still works once the database does.
      expect((await fixture.browser.send('/api/session')).status).toBe(200)
      await app.features.signIn.unlockAccount(fixture.browser.account.email)
      await app.storage.query('DELETE FROM attempts')
    },
  )

  it('during first-run setup: creates at most one account and no session', async () => {
    for (const method of [
      'setUpCodes.has',
      'users.addOperator',
      'setUpCodes.clear',
      'store.insert',
    ]) {
      await using app = await anApp(kind)
      const code = (await app.features.accounts.issueSetUpCode()) ?? ''
      const browser = aBrowser(app)
      const csrf_token = await browser.csrfToken(`/setup?code=${code}`)
      app.faults.fail(method, () => failureOf(method))
      const fields = { ...newcomer, code, csrf_token }
      const answer = await browser.submit('/setup', fields)
      app.faults.restore()
      expect([method, answer.status, browser.sessionCookie()]).toEqual([method, 503, ''])
      const { length } = await app.storage.query('SELECT id FROM users')
      const next =
        length === 0 ? await browser.submit('/setup', fields) : await browser.signIn(newcomer)
      expect([method, next.status]).toEqual([method, 303])
    }
  })

  it('during sign-up: leaves no account behind', async () => {
    for (const [method, env] of [
      ['users.add', { SIGNUP: 'open' }],
      ['users.addInvited', { SIGNUP: 'invite' }],
    ] as const) {
      await using app = await anApp(kind, { env })
      const inviting = await app.account()
      const invited = await app.features.operator.createInvite(inviting)
      const invite = invited.status === 'created' ? invited.code : ''
      const browser = aBrowser(app)
      app.faults.fail(method, () => failureOf(method))
      const answer = await browser.submit('/signup', { ...newcomer, invite }, { on: '/login' })
      app.faults.restore()
      expect([method, answer.status, browser.sessionCookie()]).toEqual([method, 503, ''])
      expect(
        (await browser.submit('/signup', { ...newcomer, invite }, { on: '/login' })).status,
      ).toBe(303)
    }
  })

  it('during an activity write: requests succeed and the activity is not lost silently', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    app.faults.fail('store.touch', () => failureOf('store.touch'))
    app.clock.advance(5_000)
    expect((await browser.open('/dashboard')).status).toBe(200)
    await expect(app.closeSessions()).rejects.toThrow()
  })

  it('during a click write: loses no click and slows no redirect', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    await browser.call('POST', '/api/urls', { ...url, short_code: 'abc' })
    app.faults.fail('clicks.add', () => failureOf('clicks.add'))
    for (let n = 0; n < 3; n += 1) expect((await app.send('/abc')).status).toBe(302)
    await expect(app.flushClicks()).rejects.toThrow()
    app.faults.restore()
    await app.flushClicks()
    expect((await browser.send('/api/urls/abc')).json()).toMatchObject({ click_count: 3 })
  })
})

describe.each(databases)('unexpected errors on %s (V16.5.1, V16.5.4)', (kind) => {
  it('answer 500 without a stack; the log contains the error under its request id', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    for (const [method, path] of [
      ['links.list', '/dashboard'],
      ['links.list', '/api/urls'],
      ['links.resolve', '/abc'],
      ['store.updateData', '/dashboard'],
    ] as const) {
      app.faults.fail(method, () => new TypeError(planted))
      const answer = await browser.open(path)
      app.faults.restore()
      expect([path, answer.status]).toEqual([path, 500])
      expect(answer.body).not.toMatch(/planted|TypeError|node_modules|\.ts\b/)
      const id = answer.headers['x-request-id']
      const line = app.log().find(({ requestId, level }) => requestId === id && level === 50)
      expect(line).toMatchObject({ error: { name: 'TypeError', stack: expect.any(String) } })
      expect([answer.setCookies, answer.headers['content-security-policy']]).toEqual([
        [],
        expect.any(String),
      ])
    }
    expect((await browser.open('/dashboard')).status).toBe(200)
  })
})
