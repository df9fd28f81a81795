import { afterAll, describe, expect, it } from 'vitest'
import { nodeSecrets } from '../src/adapters/crypto/secrets.ts'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import { aClockOfNow, startOidcProvider } from './support/oidc-provider.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { returnFromProvider } from './support/provider-visits.ts'
import { enrollAuthenticator } from './support/second-factors.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'
import { removePassword } from './support/without-password.ts'

const minute = 60_000
const path = '/reauthenticate'
const start = `${path}/with/oidc?next=%2Fsettings%2Femail`

const provider = await startOidcProvider()
afterAll(() => provider[Symbol.asyncDispose]())

/** Links an identity of the provider to the account, and returns its subject. */
async function link(app: TestApp, { id: userId }: Account): Promise<string> {
  const subject = `subject-${nodeSecrets.id()}`
  const times = { createdAt: app.clock.now(), lastUsedAt: null }
  const key = { issuer: provider.issuer, subject }
  const identity = { id: nodeSecrets.id(), userId, provider: 'oidc', email: null } as const
  expect(
    await app.persistence.identities.add(
      { ...identity, ...key, ...times },
      { max: 10, passwordVersion: 0 },
    ),
  ).toBe('added')
  return subject
}

/** A signed-in user without a password, whose account at the provider has that subject. */
async function aUser(app: TestApp) {
  // The tokens of the provider are valid at the time of this machine.
  app.clock.advance(Math.max(0, Date.now() - app.clock.now()))
  const browser = await aSignedInBrowser(app)
  const subject = await link(app, browser.account)
  const account = await removePassword(app, browser.account)
  return { browser, account, subject }
}

async function sessionOf(browser: Browser) {
  const session: unknown = (await browser.send('/api/session')).json()
  return session as {
    session: { authenticated_at: string; methods: readonly { method: string }[] }
  }
}

const methodsOf = async (browser: Browser) =>
  (await sessionOf(browser)).session.methods.map(({ method }) => method)

const seconds = (instant: number) => Math.floor(instant / 1_000)

/** What an attacker does: the provider then returns at once with the session that it has. */
function withoutPrompt(authorizationUrl: string): string {
  const url = new URL(authorizationUrl)
  for (const name of ['prompt', 'max_age']) url.searchParams.delete(name)
  return url.href
}

/** Starts to confirm and returns the path of the callback, which the browser has not opened. */
async function visit(browser: Browser, edit: (url: string) => string = (url) => url) {
  const started = await browser.open(start)
  expect(started.status).toBe(303)
  return provider.visit(edit(started.location))
}

/** The callback did not step the session up: it stays what it was. */
async function expectRefused(app: TestApp, browser: Browser, callback: string) {
  const before = [browser.sessionCookie(), await methodsOf(browser)]
  const answer = await browser.open(callback)
  expect([answer.status, answer.location]).not.toEqual([303, '/settings/email'])
  expect([browser.sessionCookie(), await methodsOf(browser)]).toEqual(before)
  return { answer, reason: app.log().findLast(({ event }) => event === 'step-up-failed')?.reason }
}

describe.each(databases)('confirming at a provider on %s (63B 5.2 b)', (kind) => {
  const opened = useApp(kind, { clock: aClockOfNow(), env: provider.env })

  it('steps the session up at the time at which the user signed in there', async () => {
    const app = opened()
    const { browser, subject } = await aUser(app)
    const page = await browser.open(`${path}?next=%2Fsettings%2Femail`)
    expect(page.body).toContain(`href="${path}/with/oidc?next=%2Fsettings%2Femail"`)
    expect(textOf(page)).toContain('Confirm with Example ID')
    expect(page.body).not.toContain('type="password"')

    const started = await browser.open(start)
    const asked = new URL(started.location).searchParams
    expect([asked.get('prompt'), asked.get('max_age')]).toEqual(['login', '300'])
    const authTime = seconds(Date.now()) - 5
    provider.signInAs({ sub: subject, authTime })
    const before = browser.sessionCookie()
    const answer = await browser.open(await provider.visit(started.location))
    expect([answer.status, answer.location]).toEqual([303, '/settings/email'])
    expect(browser.sessionCookie()).not.toBe(before)
    expect(browser.sessionCookie().split('.')[0]).toBe(before.split('.')[0])
    const { session } = await sessionOf(browser)
    const at = new Date(authTime * 1_000).toISOString()
    expect(session.methods).toContainEqual({ method: 'fed', at })
  })

  it('opens a sensitive page to a user without a password', async () => {
    await using app = await anApp(kind, { clock: aClockOfNow(), env: provider.env })
    app.clock.advance(-20 * minute)
    const browser = await aSignedInBrowser(app)
    const subject = await link(app, browser.account)
    await removePassword(app, browser.account)
    app.clock.advance(20 * minute)
    const closed = await browser.open('/settings/email')
    expect(closed.location).toBe(`${path}?next=%2Fsettings%2Femail`)
    provider.signInAs({ sub: subject })
    const answer = await browser.open(await visit(browser))
    expect(answer.location).toBe('/settings/email')
    expect((await browser.open(answer.location)).status).toBe(200)
  })

  it('fails with a stale auth_time, although the provider has a session', async () => {
    const app = opened()
    const { browser, subject } = await aUser(app)
    provider.signInAs({ sub: subject, authTime: seconds(Date.now() - 2 * minute) })
    const callback = await visit(browser, withoutPrompt)
    const { answer, reason } = await expectRefused(app, browser, callback)
    expect([answer.location, reason]).toEqual([
      `${path}?next=%2Fsettings%2Femail`,
      'stale-auth-time',
    ])
    const page = textOf(await browser.open(answer.location))
    expect(page).toContain('did not confirm that you have just signed in there')
  })

  it('fails with an auth_time that is older than max_age', async () => {
    const app = opened()
    const { browser, subject } = await aUser(app)
    provider.signInAs({ sub: subject, authTime: seconds(Date.now() - 60 * minute) })
    const callback = await visit(browser, withoutPrompt)
    const { answer } = await expectRefused(app, browser, callback)
    expect(answer.status).toBe(400)
  })

  it('fails with an auth_time in the future', async () => {
    const app = opened()
    const { browser, subject } = await aUser(app)
    provider.signInAs({ sub: subject, authTime: seconds(Date.now() + 10 * minute) })
    const callback = await visit(browser, withoutPrompt)
    const { answer, reason } = await expectRefused(app, browser, callback)
    expect([answer.status, reason]).toEqual([303, 'future-auth-time'])
  })

  it('fails with another identity, whether or not a user has it, and links it to no one', async () => {
    const app = opened()
    const { browser, account } = await aUser(app)
    const other = await aUser(app)
    for (const sub of [other.subject, 'subject-of-no-one']) {
      provider.signInAs({ sub })
      const { answer, reason } = await expectRefused(app, browser, await visit(browser))
      expect([answer.location, reason]).toEqual([
        `${path}?next=%2Fsettings%2Femail`,
        'other-identity',
      ])
    }
    expect(await app.persistence.identities.list(account.id)).toHaveLength(1)
    expect(await methodsOf(other.browser)).toEqual(['pwd'])
  })

  it('fails in another session of the same user, also in the same browser', async () => {
    const app = opened()
    const account = await app.account()
    const subject = await link(app, account)
    const browser = await aSignedInBrowser(app, account)
    provider.signInAs({ sub: subject })
    const callback = await visit(browser)
    const another = await aSignedInBrowser(app, account)
    await expectRefused(app, another, callback)
    expect((await browser.signIn(account)).status).toBe(303)
    await expectRefused(app, browser, callback)
  })

  it('fails after the session has ended: the callback signs no one in', async () => {
    const app = opened()
    const { browser, subject } = await aUser(app)
    provider.signInAs({ sub: subject })
    const callback = await visit(browser)
    await browser.submit('/logout', {}, { on: '/dashboard' })
    await browser.open(callback)
    expect((await browser.send('/api/session')).status).toBe(401)
  })

  it('fails when the callback is replayed', async () => {
    const app = opened()
    const { browser, subject } = await aUser(app)
    provider.signInAs({ sub: subject })
    const callback = await visit(browser)
    const cookies = new Map(browser.cookies)
    expect((await browser.open(callback)).location).toBe('/settings/email')
    for (const [name, value] of cookies) {
      if (name !== 'session-dev') browser.cookies.set(name, value)
    }
    const { answer } = await expectRefused(app, browser, callback)
    expect(answer.status).toBe(400)
  })

  it('is followed by the second factor alone, for level 2', async () => {
    const app = opened()
    const { browser, account, subject } = await aUser(app)
    const authenticator = await enrollAuthenticator(app, account)
    const page = textOf(await browser.open(path))
    expect(page).toContain('We then ask for your second factor.')
    provider.signInAs({ sub: subject })
    const answer = await browser.open(await visit(browser))
    expect(answer.location).toBe(`${path}?next=%2Fsettings%2Femail`)
    expect((await browser.open('/settings/email')).location).toMatch(/^\/reauthenticate/)

    const form = await browser.open(answer.location)
    expect(form.body).toContain('name="code"')
    expect(form.body).not.toContain('name="password"')
    const fields = { method: 'authenticator', next: '/settings/email' }
    const wrong = await browser.submit(path, { ...fields, code: authenticator.wrongCode() })
    expect(wrong.status).toBe(401)
    const done = await browser.submit(path, { ...fields, code: authenticator.code() })
    expect([done.status, done.location]).toEqual([303, '/settings/email'])
    expect((await browser.open('/settings/email')).status).toBe(200)
    const { session } = await sessionOf(browser)
    expect(session).toMatchObject({ assurance_level: 2 })
  })

  it('does not accept the second factor without the provider or the password', async () => {
    const app = opened()
    const { browser, account } = await aUser(app)
    const authenticator = await enrollAuthenticator(app, account)
    const fields = { method: 'authenticator', code: authenticator.code(), password: '' }
    const answer = await browser.submit(path, fields, { on: '/settings/account' })
    expect(answer.status).toBe(401)
    expect(await methodsOf(browser)).toEqual(['pwd'])
  })

  it('is offered beside the password, and only for an identity of the user', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const without = await browser.open(path)
    expect(without.body).not.toContain(`${path}/with/`)
    expect((await browser.open(start)).status).toBe(404)
    await link(app, browser.account)
    const page = await browser.open(path)
    expect(page.body).toContain(`href="${path}/with/oidc"`)
    expect(page.body).toContain('name="password"')
  })

  it('starts from another site with a page that asks first', async () => {
    const { browser } = await aUser(opened())
    const navigation: RawHeaders = [
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'navigate'],
      ['Sec-Fetch-Dest', 'document'],
    ]
    const answer = await browser.send(start, { headers: navigation })
    expect([answer.status, answer.location]).toEqual([200, ''])
    expect(textOf(answer)).toContain('Continue with Example ID?')
  })

  it('is replaced by a password, set by email, if no provider of the user can confirm', async () => {
    const app = opened()
    const account = await app.account()
    const browser = await aSignedInBrowser(app, account)
    await removePassword(app, account)
    const page = await browser.open(path)
    expect(textOf(page)).toContain('your provider cannot confirm that you have just signed in')
    expect(page.body).toContain('<a class="button" href="/forgot">')
    const signedOut = await aBrowser(app).open(start)
    expect(signedOut.location).toMatch(/^\/login\?next=/)
  })
})

describe('the time of a sign-in at a provider (V7.6.1)', () => {
  it('is its auth_time: a stale one opens no sensitive page', async () => {
    await using app = await anApp('sqlite', { clock: aClockOfNow(), env: provider.env })
    const account = await app.account()
    const sub = await link(app, account)
    const [stale, recent] = [20 * minute, minute].map((age) => seconds(Date.now() - age))
    for (const [authTime, status] of [
      [stale, 303],
      [recent, 200],
    ] as const) {
      const browser = aBrowser(app)
      const user = { sub, authTime: authTime ?? 0 }
      expect((await returnFromProvider(provider, browser, { user })).location).toBe('/dashboard')
      expect((await browser.open('/settings/email')).status).toBe(status)
    }
  })
})

describe('a provider that states no auth_time', () => {
  const user = { sub: 'silent', email: 'silent@users.test' }

  it('does not confirm, and its sign-in opens sensitive pages only to a new user', async () => {
    await using silent = await startOidcProvider({ confirmsAuthentication: false })
    const env = { ...silent.env, SIGNUP: 'open' }
    await using app = await anApp('sqlite', { clock: aClockOfNow(), env })
    await app.account()
    const browser = aBrowser(app)
    await returnFromProvider(silent, browser, { user })
    await browser.submit('/login/new-identity')
    expect((await browser.open('/settings/passkeys/add')).status).toBe(200)
    await browser.submit('/logout', {}, { on: '/dashboard' })

    await returnFromProvider(silent, browser, { user })
    const sessions = textOf(await browser.open('/settings/sessions'))
    expect(sessions).toContain('Last confirmed Not in this session')
    expect(sessions).not.toContain('1970')
    expect((await browser.open('/settings/email')).location).toMatch(/^\/reauthenticate\?/)
    const started = await browser.open(start)
    const callback = await silent.visit(withoutPrompt(started.location))
    await expectRefused(app, browser, callback)
  })
})
