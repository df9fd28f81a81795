import { SessionError } from 'coatcheck'
import { afterAll, describe, expect, it } from 'vitest'
import { nodeSecrets } from '../src/adapters/crypto/secrets.ts'
import { aBrowser, aSignedInBrowser, formType, textOf } from './support/browser.ts'
import { listen } from './support/event-listener.ts'
import { aClockOfNow, type ProviderCookies, startOidcProvider } from './support/oidc-provider.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { returnFromProvider, visitProvider } from './support/provider-visits.ts'
import { anAccountWithAuthenticator, sendCode } from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const provider = await startOidcProvider()
afterAll(() => provider[Symbol.asyncDispose]())

const path = '/oidc/backchannel-logout'

function post(app: TestApp, fields: readonly (readonly [string, string])[]) {
  const body = new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()
  return app.send(path, { method: 'POST', headers: formType, body })
}

/** A user whose account at the provider has this subject. */
async function aUser(app: TestApp, account?: Account) {
  const user = account ?? (await app.account())
  const subject = nodeSecrets.id()
  const key = { issuer: provider.issuer, subject }
  const times = { createdAt: app.clock.now(), lastUsedAt: null }
  const identity = { id: subject, userId: user.id, provider: 'oidc', email: null } as const
  await app.persistence.identities.add(
    { ...identity, ...key, ...times },
    { max: 10, passwordVersion: 0 },
  )
  return { account: user, subject }
}

type User = Awaited<ReturnType<typeof aUser>>

/** Signs the user in with the provider, in a browser of their own. */
async function signIn(app: TestApp, { subject }: User) {
  const browser = aBrowser(app)
  const cookies = new Map<string, string>()
  const answer = await returnFromProvider(provider, browser, { user: { sub: subject }, cookies })
  expect([answer.status, answer.location]).toEqual([303, '/dashboard'])
  const status = async () => (await browser.send('/api/session')).status
  return { browser, cookies, status }
}

/** Signs out at the provider, and returns the logout token that it sends. */
async function logoutToken(cookies: ProviderCookies): Promise<string> {
  await provider.signOut(cookies)
  return provider.logoutTokens.at(-1) ?? ''
}

describe.each(databases)('back-channel logout on %s (V10.5.5)', (kind) => {
  const opened = useApp(kind, { clock: aClockOfNow(), env: provider.env })

  it('ends the session that started in that session at the provider, and no other', async () => {
    const app = opened()
    const [ann, bob] = [await aUser(app), await aUser(app)]
    const ended = await signIn(app, ann)
    const others = [await signIn(app, ann), await signIn(app, bob)]
    const withPassword = await aSignedInBrowser(app, ann.account)
    const answer = await post(app, [['logout_token', await logoutToken(ended.cookies)]])
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(await ended.status()).toBe(401)
    for (const { status } of others) expect(await status()).toBe(200)
    expect((await withPassword.send('/api/session')).status).toBe(200)

    const page = await ended.browser.open('/dashboard')
    expect(page.location).toBe('/login?error=session_expired&next=%2Fdashboard')
    const login = await ended.browser.open(page.location)
    expect(login.body).toContain('You signed out at the service that you use to sign in.')
  })

  it('notifies an open page of the session at once', async () => {
    const app = opened()
    const { browser, cookies } = await signIn(app, await aUser(app))
    const token = await logoutToken(cookies)
    const events = await listen(app, browser)
    expect((await post(app, [['logout_token', token]])).status).toBe(200)
    await events.ended
    expect(events.text()).toContain('You signed out at the service that you use to sign in.')
  })

  it('refuses a sign-in whose second step was pending when the user signed out there', async () => {
    const app = opened()
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const { subject } = await aUser(app, account)
    const browser = aBrowser(app)
    const cookies = new Map<string, string>()
    const answer = await returnFromProvider(provider, browser, { user: { sub: subject }, cookies })
    expect(answer.location).toBe('/login/second-factor')
    expect((await post(app, [['logout_token', await logoutToken(cookies)]])).status).toBe(200)
    await sendCode(browser, authenticator)
    expect((await browser.send('/api/session')).status).toBe(401)
  })

  it('refuses a sign-in whose callback comes after the logout', async () => {
    const app = opened()
    const { subject } = await aUser(app)
    const browser = aBrowser(app)
    const cookies = new Map<string, string>()
    const callback = await visitProvider(provider, browser, { user: { sub: subject }, cookies })
    expect((await post(app, [['logout_token', await logoutToken(cookies)]])).status).toBe(200)
    await browser.open(callback)
    expect((await browser.send('/api/session')).status).toBe(401)
    app.clock.advance(1_000)
    await signIn(app, { account: await app.account(), subject })
  })

  it('rejects a repeated token, a changed one, and a malformed request, with 400', async () => {
    const app = opened()
    const { cookies, status } = await signIn(app, await aUser(app))
    const token = await logoutToken(cookies)
    const [header, payload] = token.split('.')
    const bad = [
      [['logout_token', `${header}.${payload}.AAAA`]],
      [['logout_token', 'x']],
      [['logout_token', '']],
      [],
      [
        ['logout_token', token],
        ['logout_token', token],
      ],
    ] as const
    for (const fields of bad) {
      const answer = await post(app, fields)
      expect([answer.status, answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
    }
    expect((await app.send(`${path}?logout_token=${token}`, { method: 'POST' })).status).toBe(400)
    expect(await status()).toBe(200)

    expect((await post(app, [['logout_token', token]])).status).toBe(200)
    expect((await post(app, [['logout_token', token]])).status).toBe(400)
    const reasons = app
      .log()
      .flatMap(({ event, reason }) => (event === 'provider-logout-rejected' ? [reason] : []))
    expect(reasons).toContain('repeated')
    expect(JSON.stringify(app.log())).not.toContain(token)
  })

  it('accepts a token after any number of invalid ones from the same network', async () => {
    const app = opened()
    const { cookies, status } = await signIn(app, await aUser(app))
    const token = await logoutToken(cookies)
    const statuses = new Set<number>()
    for (let n = 0; n < 31; n += 1) statuses.add((await post(app, [['logout_token', 'x']])).status)
    expect([...statuses]).toEqual([400, 429])
    expect((await post(app, [['logout_token', token]])).status).toBe(200)
    expect(await status()).toBe(401)
  })

  it('responds 503 and accepts the token again if the store fails', async () => {
    const app = opened()
    const { cookies, status } = await signIn(app, await aUser(app))
    const token = await logoutToken(cookies)
    app.faults.fail('store.end', () => new SessionError('store-unavailable', 'planted'))
    expect((await post(app, [['logout_token', token]])).status).toBe(503)
    app.faults.restore()
    expect((await post(app, [['logout_token', token]])).status).toBe(200)
    expect(await status()).toBe(401)
  })

  it('of 20 parallel copies of a token ends the session once', async () => {
    const app = opened()
    const { cookies, status, browser } = await signIn(app, await aUser(app))
    const [sessionId] = browser.sessionCookie().split('.')
    const token = await logoutToken(cookies)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(app, [['logout_token', token]])),
    )
    const statuses = new Set(answers.map((answer) => answer.status))
    expect(statuses.has(200)).toBe(true)
    for (const each of statuses) expect([200, 400, 429]).toContain(each)
    expect(await status()).toBe(401)
    await app.flushSecurityEvents()
    const ended = await app.storage.query(
      `SELECT id FROM security_events WHERE kind = 'session-revoked' AND session_id = '${sessionId}'`,
    )
    expect(ended).toHaveLength(1)
  })
})

describe.each(databases)('signing out at the provider too, on %s', (kind) => {
  const opened = useApp(kind, { clock: aClockOfNow(), env: provider.env })

  it('is offered after signing out of a session that started there', async () => {
    const app = opened()
    const { browser, cookies, status } = await signIn(app, await aUser(app))
    const answer = await browser.submit('/logout', {}, { on: '/dashboard' })
    expect([answer.status, answer.location]).toEqual([303, '/logout/oidc'])
    expect(await status()).toBe(401)
    const page = await browser.open(answer.location)
    expect(textOf(page)).toContain('You may still be signed in to Example ID.')
    const [, link = ''] = /class="button" href="([^"]+)"/.exec(page.body) ?? []
    const url = new URL(link.replaceAll('&amp;', '&'))
    expect(url.origin).toBe(provider.issuer)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'mjrwtf',
      post_logout_redirect_uri: `${app.baseUrl}/`,
    })
    // The provider accepts it, and asks.
    const header = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const asked = await fetch(url, { headers: { cookie: header } })
    expect([asked.status, await asked.text()]).toEqual([200, expect.stringContaining('xsrf')])
  })

  it('is not offered for other sessions and providers', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    expect((await browser.submit('/logout', {}, { on: '/dashboard' })).location).toBe('/')
    expect((await browser.open('/logout/google')).location).toBe('/')
    expect((await browser.open('/logout/unknown')).status).toBe(404)
    expect((await app.send('/logout')).status).toBe(405)
  })
})
