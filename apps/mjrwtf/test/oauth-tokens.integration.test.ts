import { describe, expect, it } from 'vitest'
import { nodeSecrets } from '../src/adapters/crypto/secrets.ts'
import { aSignedInBrowser, type SignedInBrowser } from './support/browser.ts'
import {
  aClient,
  aCode,
  actAs,
  aRequest,
  type ClientOptions,
  callback,
  type Parameters,
  sendForm,
  type TestClient,
  type Tokens,
  tokensIn,
} from './support/oauth.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

/** Requests with a valid code that do not match what it is bound to. None uses it up. */
const mismatches: readonly (readonly [string, Parameters, string])[] = [
  ['without a code', { code: '' }, 'invalid_request'],
  ['with another code', { code: nodeSecrets.code() }, 'invalid_grant'],
  ['without a redirect URI', { redirect_uri: '' }, 'invalid_request'],
  ['with another redirect URI', { redirect_uri: `${callback}/` }, 'invalid_grant'],
  ['with a null character', { redirect_uri: `${callback}\0` }, 'invalid_request'],
  ['with a lone surrogate', { redirect_uri: `${callback}\ud800` }, 'invalid_grant'],
  ['without a verifier', { code_verifier: '' }, 'invalid_request'],
  ['with another verifier', { code_verifier: nodeSecrets.code() }, 'invalid_grant'],
  ['with a short verifier', { code_verifier: 'A'.repeat(42) }, 'invalid_grant'],
  ['with a long verifier', { code_verifier: 'A'.repeat(129) }, 'invalid_grant'],
  ['with other characters in it', { code_verifier: '%'.repeat(43) }, 'invalid_grant'],
]

const otherGrantTypes = ['password', 'client_credentials', 'implicit', 'CODE', 'code', '__proto__']

describe.each(databases)('tokens of client applications on %s', (kind) => {
  const app = useApp(kind)

  async function open(options: ClientOptions = {}) {
    const client = await aClient(app(), options)
    const browser = await aSignedInBrowser(app())
    return { client, browser, ...actAs(app(), client) }
  }

  const errorIn = (answer: { readonly status: number; json(): unknown }) => [
    answer.status,
    Object(answer.json()).error,
  ]
  const invalidGrant = [400, 'invalid_grant']
  const unavailable = [503, 'temporarily_unavailable']

  it('are issued for a code, as RFC 6749 section 5.1 says', async () => {
    const { client, browser, exchange, isActive } = await open()
    const request = aRequest(client)
    const answer = await exchange(request, await aCode(app(), browser, request))
    expect([answer.status, answer.json()]).toEqual([
      200,
      {
        access_token: expect.stringMatching(/^mjr_at_/),
        token_type: 'Bearer',
        expires_in: 900,
        refresh_token: expect.stringMatching(/^mjr_rt_/),
        scope: 'links:read links:write',
      },
    ])
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': expect.stringMatching(/^application\/json/),
    })
    expect(answer.setCookies).toEqual([])
    expect(await isActive(tokensIn(answer))).toBe(true)
  })

  it('are issued only for the code that client, redirect URI and verifier match (V10.4.6)', async () => {
    const { client, browser, exchange } = await open()
    const request = aRequest(client)
    const code = await aCode(app(), browser, request)
    for (const [name, changes, error] of mismatches) {
      const answer = await exchange(request, code, changes)
      expect([name, ...errorIn(answer)]).toEqual([name, 400, error])
    }
    const other = actAs(app(), await aClient(app()))
    expect(errorIn(await other.exchange(request, code))).toEqual(invalidGrant)
    tokensIn(await exchange(request, code))
  })

  it('are not issued for a code after 60 seconds (V10.4.3)', async () => {
    const { client, browser, exchange } = await open()
    const request = aRequest(client)
    const codes = [await aCode(app(), browser, request), await aCode(app(), browser, request)]
    app().clock.advance(59_999)
    tokensIn(await exchange(request, codes[0] ?? ''))
    app().clock.advance(1)
    expect(errorIn(await exchange(request, codes[1] ?? ''))).toEqual(invalidGrant)
  })

  it('end when their code is used again, also later (V10.4.2, R9700 section 4.5)', async () => {
    const { client, browser, exchange, refresh, isActive } = await open()
    const request = aRequest(client)
    for (const wait of [0, 3_600_000]) {
      const code = await aCode(app(), browser, request)
      const tokens = tokensIn(await exchange(request, code))
      // Another client that saw the code cannot end the grant with it.
      const other = actAs(app(), await aClient(app()))
      expect(errorIn(await other.exchange(request, code))).toEqual(invalidGrant)
      expect(await isActive(tokens)).toBe(true)
      app().clock.advance(wait)
      expect(errorIn(await exchange(request, code))).toEqual(invalidGrant)
      expect(await isActive(tokens)).toBe(false)
      expect(errorIn(await refresh(tokens.refresh_token))).toEqual(invalidGrant)
      await browser.signIn(browser.account)
    }
  })

  it('are active for none or one of parallel exchanges of a code', async () => {
    const { client, browser, exchange, isActive } = await open()
    const request = aRequest(client)
    const code = await aCode(app(), browser, request)
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(request, code)))
    const issued = answers.filter(({ status }) => status === 200).map(tokensIn)
    expect(issued.length).toBeLessThanOrEqual(1)
    const active = await Promise.all(issued.map(isActive))
    // Each of the others is a second use, which ends the grant.
    expect(active.filter((each) => each)).toEqual([])
    const { userId } = (await app().grants.list(browser.account.id))[0] ?? { userId: null }
    expect(userId).toBeNull()
  })

  it.each([
    ['sign-out', (browser: SignedInBrowser) => browser.submit('/logout', {}, { on: '/create' })],
    [
      'end of the session elsewhere',
      async (browser: SignedInBrowser) => {
        const other = await aSignedInBrowser(app(), browser.account)
        await other.submit('/settings/sessions/revoke-others', {}, { on: '/settings/sessions' })
      },
    ],
    [
      'password change elsewhere',
      async (browser: SignedInBrowser) => {
        const other = await aSignedInBrowser(app(), browser.account)
        const new_password = 'another violet tram harbour'
        const fields = { current_password: browser.account.password, new_password }
        await other.submit('/settings/password', fields)
      },
    ],
    [
      'end of all grants',
      async (browser: SignedInBrowser) => {
        await app().grants.revokeAllForUser(browser.account.id, { reason: 'password-changed' })
      },
    ],
    [
      'deletion of the account',
      async (browser: SignedInBrowser) => {
        const { email } = browser.account
        const answer = await browser.submit('/settings/delete', { email })
        expect(answer.status).toBe(303)
      },
    ],
  ])('are not issued for a code after the %s', async (_name, interrupt) => {
    const { client, browser, exchange } = await open()
    const request = aRequest(client)
    const code = await aCode(app(), browser, request)
    await interrupt(browser)
    expect(errorIn(await exchange(request, code))).toEqual(invalidGrant)
    expect(await app().grants.list(browser.account.id)).toEqual([])
  })

  it('are issued by these grant types only (V10.4.4)', async () => {
    const { client, call } = await open()
    for (const grant_type of otherGrantTypes) {
      const parameters = { grant_type, username: 'a', password: 'b', scope: client.scopes[0] ?? '' }
      const answer = await call('/oauth/token', parameters)
      expect([grant_type, ...errorIn(answer)]).toEqual([grant_type, 400, 'unsupported_grant_type'])
    }
    expect(errorIn(await call('/oauth/token', {}))).toEqual([400, 'invalid_request'])
  })

  it('are replaced by a refresh, and identically within the grace period (V10.4.5)', async () => {
    const { browser, connect, refresh, isActive } = await open()
    const first = await connect(browser)
    const second = tokensIn(await refresh(first.refresh_token))
    expect(second.refresh_token).not.toBe(first.refresh_token)
    app().clock.advance(5_000)
    const repeated = tokensIn(await refresh(first.refresh_token))
    expect({ ...repeated, expires_in: 0 }).toEqual({ ...second, expires_in: 0 })
    const third = tokensIn(await refresh(second.refresh_token))
    expect(await isActive(third)).toBe(true)
  })

  it('end when a replaced refresh token is used after the grace period (V10.4.5)', async () => {
    const { browser, connect, refresh, isActive } = await open()
    const first = await connect(browser)
    const second = tokensIn(await refresh(first.refresh_token))
    app().clock.advance(10_001)
    expect(errorIn(await refresh(first.refresh_token))).toEqual(invalidGrant)
    expect(errorIn(await refresh(second.refresh_token))).toEqual(invalidGrant)
    expect(await isActive(second)).toBe(false)
    await app().flushSecurityEvents()
    const log = await browser.open('/settings/security-log')
    expect(log.body).toContain('An outdated token of an app was used')
  })

  it('give one new pair to 50 parallel refreshes with one token', async () => {
    const { browser, connect, refresh } = await open()
    const { refresh_token } = await connect(browser)
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(refresh_token)))
    const pairs = answers.filter(({ status }) => status === 200).map(tokensIn)
    const distinct = new Set(pairs.map((pair) => `${pair.access_token} ${pair.refresh_token}`))
    expect([distinct.size, pairs.length]).toEqual([1, 50])
    expect(await app().grants.list(browser.account.id)).toHaveLength(1)
  })

  it('stay within the scopes of the grant, which a refresh can only narrow (V10.4.11)', async () => {
    const { browser, connect, refresh } = await open({
      scopes: ['links:read', 'links:write', 'stats:read'],
    })
    const tokens = await connect(browser, { scope: 'links:read links:write' })
    for (const scope of ['links:read stats:read', 'admin', 'openid', ' ']) {
      const answer = await refresh(tokens.refresh_token, { scope })
      expect([scope, ...errorIn(answer)]).toEqual([scope, 400, 'invalid_scope'])
    }
    const narrow = tokensIn(await refresh(tokens.refresh_token, { scope: 'links:read' }))
    expect(narrow.scope).toBe('links:read')
    expect(tokensIn(await refresh(narrow.refresh_token)).scope).toBe('links:read links:write')
  })

  it('belong to one client: another one cannot refresh or revoke them', async () => {
    const { browser, connect, refresh, isActive } = await open()
    const tokens = await connect(browser)
    const other = actAs(app(), await aClient(app(), { kind: 'confidential' }))
    expect(errorIn(await other.refresh(tokens.refresh_token))).toEqual(invalidGrant)
    for (const token of [tokens.refresh_token, tokens.access_token]) {
      expect((await other.call('/oauth/revoke', { token })).status).toBe(200)
    }
    expect(await isActive(tokens)).toBe(true)
    tokensIn(await refresh(tokens.refresh_token))
  })

  it('end by their idle and absolute limits (V10.4.8)', async () => {
    const { browser, connect, refresh } = await open()
    const day = 24 * 3_600_000
    const idle = await connect(browser)
    app().clock.advance(30 * day)
    expect(errorIn(await refresh(idle.refresh_token))).toEqual(invalidGrant)
    await browser.signIn(browser.account)
    let tokens: Tokens = await connect(browser)
    for (let days = 0; days < 350; days += 25) {
      app().clock.advance(25 * day)
      tokens = tokensIn(await refresh(tokens.refresh_token))
    }
    app().clock.advance(15 * day)
    expect(errorIn(await refresh(tokens.refresh_token))).toEqual(invalidGrant)
  })

  it('end with their client, and with a scope that the client loses', async () => {
    const { client, browser, connect, isActive } = await open()
    const before = await connect(browser)
    const { clients } = app().features.oauth
    const change = (changed: TestClient) =>
      clients.change(browser.account.id, client.id, {
        ...changed,
        website: '',
        redirectUris: changed.redirectUris.join('\n'),
      })
    expect(await change({ ...client, name: 'Printer' })).toMatchObject({ endedGrants: false })
    expect(await isActive(before)).toBe(true)
    expect(await change({ ...client, scopes: ['links:read'] })).toMatchObject({ endedGrants: true })
    expect(await isActive(before)).toBe(false)
    const after = await connect(browser, { scope: 'links:read' })
    const request = aRequest(client, { scope: 'links:read' })
    const code = await aCode(app(), browser, request)
    await clients.remove(browser.account.id, client.id)
    expect(await isActive(after)).toBe(false)
    const { exchange } = actAs(app(), client)
    expect(errorIn(await exchange(request, code))).toEqual([401, 'invalid_client'])
  })

  it('end at the refresh if the client lost a scope while the database failed', async () => {
    const { client, browser, connect, refresh, isActive } = await open()
    const tokens = await connect(browser)
    // The change was stored, and the grants were not ended.
    await app().storage.query(
      `UPDATE client_applications SET scopes = 'links:read' WHERE id = '${client.id}'`,
    )
    expect(errorIn(await refresh(tokens.refresh_token))).toEqual(invalidGrant)
    expect(await isActive(tokens)).toBe(false)
  })

  it('are kept while the store of grants fails: every request gets 503, and works later', async () => {
    const { browser, connect, refresh, call } = await open({ kind: 'confidential' })
    const { access_token, refresh_token: token } = await connect(browser)
    const api = () =>
      app().send('/api/urls', { headers: [['Authorization', `Bearer ${access_token}`]] })
    const { query } = app().storage
    await query('ALTER TABLE session_grants RENAME TO elsewhere')
    try {
      // Neither does a client drop its tokens, nor believe that they are revoked.
      expect(errorIn(await refresh(token))).toEqual(unavailable)
      expect(errorIn(await call('/oauth/revoke', { token }))).toEqual(unavailable)
      expect(errorIn(await call('/oauth/introspect', { token }))).toEqual(unavailable)
      expect((await api()).status).toBe(503)
    } finally {
      await query('ALTER TABLE elsewhere RENAME TO session_grants')
    }
    expect((await api()).status).toBe(200)
    tokensIn(await refresh(token))
  })

  it('are revoked by either token, and unknown ones are accepted too (RFC 7009)', async () => {
    const { browser, connect, call, isActive } = await open()
    for (const name of ['access_token', 'refresh_token'] as const) {
      const tokens = await connect(browser)
      const parameters = { token: tokens[name], token_type_hint: 'access_token' }
      const answer = await call('/oauth/revoke', parameters)
      expect([answer.status, answer.body]).toEqual([200, ''])
      expect(await isActive(tokens)).toBe(false)
      expect((await call('/oauth/revoke', parameters)).status).toBe(200)
    }
    expect((await call('/oauth/revoke', { token: 'unknown' })).status).toBe(200)
    expect(errorIn(await call('/oauth/revoke', {}))).toEqual([400, 'invalid_request'])
  })

  it('are described to the confidential client that has them only (RFC 7662)', async () => {
    const { client, browser, connect, call, refresh } = await open({ kind: 'confidential' })
    const tokens = await connect(browser)
    const introspect = async (token: string) => (await call('/oauth/introspect', { token })).json()
    const common = {
      active: true,
      client_id: client.id,
      sub: browser.account.id,
      scope: 'links:read links:write',
    }
    const access = { ...common, token_type: 'Bearer' }
    expect(await introspect(tokens.access_token)).toMatchObject(access)
    expect(await introspect(tokens.refresh_token)).toMatchObject(common)
    const inactive = { active: false }
    const other = actAs(app(), await aClient(app(), { kind: 'confidential' }))
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      expect((await other.call('/oauth/introspect', { token })).json()).toEqual(inactive)
    }
    expect(await introspect('unknown')).toEqual(inactive)
    const { refresh_token } = tokensIn(await refresh(tokens.refresh_token))
    await call('/oauth/revoke', { token: refresh_token })
    expect(await introspect(refresh_token)).toEqual(inactive)
    expect(await introspect(tokens.access_token)).toEqual(inactive)
    const { call: callAsPublic } = actAs(app(), await aClient(app()))
    const answer = await callAsPublic('/oauth/introspect', { token: 'unknown' })
    expect(errorIn(answer)).toEqual([403, 'unauthorized_client'])
  })

  it('have the administrator scope only while their user is an administrator', async () => {
    await using own = await anApp(kind)
    const administrator = await aSignedInBrowser(own)
    const client = await aClient(own, { kind: 'confidential', scopes: ['links:read', 'admin'] })
    const { connect, call } = actAs(own, client)
    const { access_token: token, scope } = await connect(administrator)
    expect(scope).toBe('links:read admin')
    const scopeNow = async () => Object((await call('/oauth/introspect', { token })).json()).scope
    expect(await scopeNow()).toBe('links:read admin')
    await own.storage.query('UPDATE users SET is_operator = 0')
    expect(await scopeNow()).toBe('links:read')
  })

  it('come without cookies, and no session cookie stands for a client', async () => {
    const { client, browser } = await open({ kind: 'confidential' })
    const answer = await browser.send('/oauth/token', {
      method: 'POST',
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
      body: `grant_type=refresh_token&refresh_token=a&client_id=${client.id}`,
    })
    expect([...errorIn(answer), answer.setCookies]).toEqual([401, 'invalid_client', []])
    const anonymous = await sendForm(app(), '/oauth/token', { parameters: {} })
    expect([...errorIn(anonymous), anonymous.setCookies]).toEqual([401, 'invalid_client', []])
  })
})
