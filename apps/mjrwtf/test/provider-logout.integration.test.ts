import { SessionError } from 'coatcheck'
import { decodeJwt } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { nodeSecrets } from '../src/adapters/crypto/secrets.ts'
import { aSignedInBrowser, formType } from './support/browser.ts'
import { aClockOfNow, startOidcProvider } from './support/oidc-provider.ts'
import type { TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const provider = await startOidcProvider()
afterAll(() => provider[Symbol.asyncDispose]())

const path = '/oidc/backchannel-logout'

function post(app: TestApp, fields: readonly (readonly [string, string])[]) {
  const body = new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()
  return app.send(path, { method: 'POST', headers: formType, body })
}

/** Signs a user in at the provider and out again, and returns the logout token that it sends. */
async function aLogout(app: TestApp, subject: string) {
  provider.signInAs({ sub: subject })
  const cookies = new Map<string, string>()
  const started = await app.send('/login/oidc', {
    headers: [
      ['Sec-Fetch-Site', 'none'],
      ['Sec-Fetch-Mode', 'navigate'],
    ],
  })
  const callback = await provider.visit(started.location, cookies)
  const cookie = started.setCookies.map((line) => line.split(';')[0]).join('; ')
  await app.send(callback, { headers: [['Cookie', cookie]] })
  await provider.signOut(cookies)
  const token = provider.logoutTokens.at(-1) ?? ''
  return { token, sid: String(decodeJwt(token).sid) }
}

/** A session of a user, recorded as started in that session at the provider. */
async function aSession(app: TestApp, subject: string, sid: string) {
  const browser = await aSignedInBrowser(app)
  const { id: userId } = browser.account
  const key = { issuer: provider.issuer, subject }
  const times = { createdAt: app.clock.now(), lastUsedAt: null }
  const identity = { id: nodeSecrets.id(), userId, provider: 'oidc', email: null } as const
  await app.persistence.identities.add({ ...identity, ...key, ...times }, 10)
  const [sessionId = ''] = browser.sessionCookie().split('.')
  const expiresAt = app.clock.now() + 3_600_000
  await app.persistence.providerSessions.add({ sessionId, userId, ...key, sid, expiresAt })
  const status = async () => (await browser.send('/api/session')).status
  return { browser, status }
}

describe.each(databases)('back-channel logout on %s (V10.5.5)', (kind) => {
  const opened = useApp(kind, { clock: aClockOfNow(), env: provider.env })

  it('ends the session that started in that session at the provider, and no other', async () => {
    const app = opened()
    const [ann, bob] = [nodeSecrets.id(), nodeSecrets.id()]
    const { token, sid } = await aLogout(app, ann)
    const ended = await aSession(app, ann, sid)
    const others = [await aSession(app, ann, 'another'), await aSession(app, bob, sid)]
    const answer = await post(app, [['logout_token', token]])
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(await ended.status()).toBe(401)
    for (const { status } of others) expect(await status()).toBe(200)

    const page = await ended.browser.open('/dashboard')
    expect(page.location).toBe('/login?error=session_expired&next=%2Fdashboard')
    const login = await ended.browser.open(page.location)
    expect(login.body).toContain('You signed out at the service that you use to sign in.')
  })

  it('rejects a repeated token, a changed one, and a malformed request, with 400', async () => {
    const app = opened()
    const subject = nodeSecrets.id()
    const { token, sid } = await aLogout(app, subject)
    const { status } = await aSession(app, subject, sid)
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

  it('responds 503 and accepts the token again if the store fails', async () => {
    const app = opened()
    const subject = nodeSecrets.id()
    const { token, sid } = await aLogout(app, subject)
    const { status } = await aSession(app, subject, sid)
    app.faults.fail('store.end', () => new SessionError('store-unavailable', 'planted'))
    expect((await post(app, [['logout_token', token]])).status).toBe(503)
    app.faults.restore()
    expect((await post(app, [['logout_token', token]])).status).toBe(200)
    expect(await status()).toBe(401)
  })

  it('of 20 parallel copies of a token ends the session once', async () => {
    const app = opened()
    const subject = nodeSecrets.id()
    const { token, sid } = await aLogout(app, subject)
    const { status, browser } = await aSession(app, subject, sid)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(app, [['logout_token', token]])),
    )
    const statuses = new Set(answers.map((answer) => answer.status))
    expect(statuses.has(200)).toBe(true)
    for (const each of statuses) expect([200, 400, 429]).toContain(each)
    expect(await status()).toBe(401)
    await app.flushSecurityEvents()
    const ended = await app.storage.query(
      `SELECT id FROM security_events WHERE kind = 'session-revoked' AND user_id = '${browser.account.id}'`,
    )
    expect(ended).toHaveLength(1)
  })
})
