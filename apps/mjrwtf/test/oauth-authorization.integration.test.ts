import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import {
  aClient,
  actAs,
  aRequest,
  authorizePath,
  callback,
  consent,
  consentFormIn,
  type Parameters,
  responseIn,
} from './support/oauth.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

/** Requests whose client or redirect URI is not trusted: the visitor sees an error, and is never redirected. */
const untrusted: readonly (readonly [string, Parameters, string?])[] = [
  ['without a client', { client_id: '' }],
  ['of an unknown client', { client_id: 'A'.repeat(22) }],
  ['of a client id with other characters', { client_id: "' OR 1=1 --" }],
  ['without a redirect URI', { redirect_uri: '' }],
  ['to another host', { redirect_uri: 'https://evil.example/callback' }],
  ['to a longer host', { redirect_uri: 'https://app.example.evil.example/callback' }],
  ['to a host as user name', { redirect_uri: 'https://app.example@evil.example/callback' }],
  ['to a longer path', { redirect_uri: `${callback}/` }],
  ['to a path above', { redirect_uri: `${callback}/../callback` }],
  ['to an encoded path', { redirect_uri: 'https://app.example/%63allback' }],
  ['with a query', { redirect_uri: `${callback}?a=1` }],
  ['with a fragment', { redirect_uri: `${callback}#a` }],
  ['over http', { redirect_uri: 'http://app.example/callback' }],
  ['to another port', { redirect_uri: 'https://app.example:8443/callback' }],
  ['to loopback, which is not registered', { redirect_uri: 'http://127.0.0.1:7777/callback' }],
  ['to a script', { redirect_uri: 'javascript:alert(1)' }],
  ['with two clients', {}, `&client_id=${'A'.repeat(22)}`],
  ['with two redirect URIs', {}, `&redirect_uri=${encodeURIComponent('https://evil.example/')}`],
]

/** Wrong requests of a known client, which gets the error. */
const refused: readonly (readonly [string, Parameters, string, string?])[] = [
  ['without a response type', { response_type: '' }, 'invalid_request'],
  ['for a token', { response_type: 'token' }, 'unsupported_response_type'],
  ['for a code and a token', { response_type: 'code token' }, 'unsupported_response_type'],
  ['for a form', { response_mode: 'form_post' }, 'invalid_request'],
  ['for a fragment', { response_mode: 'fragment' }, 'invalid_request'],
  ['without a challenge', { code_challenge: '' }, 'invalid_request'],
  ['with a short challenge', { code_challenge: 'A'.repeat(42) }, 'invalid_request'],
  ['with a long challenge', { code_challenge: 'A'.repeat(44) }, 'invalid_request'],
  ['with other characters in it', { code_challenge: '='.repeat(43) }, 'invalid_request'],
  ['without a challenge method', { code_challenge_method: '' }, 'invalid_request'],
  ['with a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['with another method', { code_challenge_method: 's256' }, 'invalid_request'],
  ['without a scope', { scope: '' }, 'invalid_scope'],
  ['with a scope of spaces', { scope: '  ' }, 'invalid_scope'],
  ['with an unknown scope', { scope: 'links:read openid' }, 'invalid_scope'],
  ['with a scope that is not registered', { scope: 'links:read stats:read' }, 'invalid_scope'],
  ['with administrator scope', { scope: 'admin' }, 'invalid_scope'],
  ['without interaction', { prompt: 'none' }, 'consent_required'],
  ['without interaction and with it', { prompt: 'none login' }, 'invalid_request'],
  ['with an unknown prompt', { prompt: 'create' }, 'invalid_request'],
  ['with a negative age', { max_age: '-1' }, 'invalid_request'],
  ['with an age as text', { max_age: 'day' }, 'invalid_request'],
  ['with a request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
  ['by reference', { request_uri: 'https://evil.example/' }, 'request_uri_not_supported'],
  ['with a very long state', { state: 's'.repeat(2_000) }, 'invalid_request'],
  ['with two scopes', {}, 'invalid_request', '&scope=links%3Aread'],
  ['with two challenges', {}, 'invalid_request', `&code_challenge=${'A'.repeat(43)}`],
  ['with two response types', {}, 'invalid_request', '&response_type=code'],
]

describe.each(databases)('authorization requests on %s', (kind) => {
  const app = useApp(kind)

  it('gives a code to a client that the user allows, with state and issuer', async () => {
    const client = await aClient(app())
    const browser = await aSignedInBrowser(app())
    const page = await browser.open(aRequest(client).path)
    expect(textOf(page)).toContain('Connect Menu printer to your account?')
    expect(textOf(page)).toContain('See your links')
    expect(textOf(page)).toContain('You return to app.example')
    const answer = await consent(browser, aRequest(client))
    expect([answer.status, responseIn(answer)]).toEqual([
      303,
      { uri: callback, code: expect.any(String), state: 'a state/+&=é', iss: app().baseUrl },
    ])
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
  })

  it('returns a refusal of the user to the client', async () => {
    const client = await aClient(app())
    const browser = await aSignedInBrowser(app())
    const answer = await consent(browser, aRequest(client), 'deny')
    expect([answer.status, responseIn(answer)]).toMatchObject([
      303,
      { uri: callback, error: 'access_denied', state: 'a state/+&=é', iss: app().baseUrl },
    ])
  })

  it('never redirects to a place that is not registered (V10.4.1)', async () => {
    const client = await aClient(app())
    const browsers = [aBrowser(app()), await aSignedInBrowser(app())]
    for (const [name, changes, suffix = ''] of untrusted) {
      const path = aRequest(client, changes).path + suffix
      for (const browser of browsers) {
        const answer = await browser.open(path)
        expect([name, answer.status, answer.location]).toEqual([name, 400, ''])
        expect(answer.body).not.toContain('evil.example')
      }
      const posted = await browsers[1]?.submit(path, { decision: 'allow' }, { on: '/create' })
      expect([name, posted?.status, posted?.location]).toEqual([name, 400, ''])
    }
  })

  it('returns each wrong request to the client, before the user signs in', async () => {
    const client = await aClient(app())
    const signedIn = await aSignedInBrowser(app())
    for (const [name, changes, error, suffix = ''] of refused) {
      const request = aRequest(client, changes)
      for (const browser of [aBrowser(app()), signedIn]) {
        const answer = await browser.open(request.path + suffix)
        const { state } = request.parameters
        const expected = { uri: callback, error, state, iss: app().baseUrl }
        expect([name, answer.status, responseIn(answer)]).toMatchObject([name, 303, expected])
        expect(responseIn(answer)).not.toHaveProperty('code')
      }
      const fields = { decision: 'allow', scope: 'links:read' }
      const posted = await signedIn.submit(request.path + suffix, fields, { on: '/create' })
      expect([name, responseIn(posted).error]).toEqual([name, error])
    }
  })

  it('ignores unknown parameters and those without a value', async () => {
    const client = await aClient(app())
    const browser = await aSignedInBrowser(app())
    const changes = { nonce: 'n', resource: 'https://a.example/', prompt: '', response_mode: '' }
    const { path } = aRequest(client, changes)
    expect((await browser.open(`${path}&utm=1&utm=2`)).status).toBe(200)
  })

  it('leads through the sign-in and back, with all parameters', async () => {
    const client = await aClient(app(), { redirectUris: ['com.example.app:/callback?a=1'] })
    const request = aRequest(client, { state: String.raw`\"<>#%&+ é/../;=?` })
    const browser = aBrowser(app())
    const own = await browser.open(request.path)
    const first = own.location.startsWith('/login') ? own : await browser.open(own.location)
    const next = new URLSearchParams(first.location.split('?')[1]).get('next') ?? ''
    const signedIn = await browser.signIn(await app().account(), { next })
    expect([signedIn.status, signedIn.location]).toEqual([303, next])
    const answer = await consent(browser, { path: next })
    expect(answer.location).toMatch(/^com\.example\.app:\/callback\?a=1&code=/)
    expect(responseIn(answer).state).toBe(request.parameters.state)
  })

  it('asks for consent every time, also after an earlier one (RFC 8252 section 8.6)', async () => {
    const client = await aClient(app())
    const browser = await aSignedInBrowser(app())
    for (let time = 0; time < 2; time += 1) {
      await consent(browser, aRequest(client))
      const page = await browser.open(aRequest(client).path)
      expect([page.status, consentFormIn(page).scope]).toEqual([200, 'links:read links:write'])
    }
  })

  it('needs the form of the consent page: no request of another site gives a code', async () => {
    const client = await aClient(app())
    const browser = await aSignedInBrowser(app())
    const { path } = aRequest(client)
    const fields = { decision: 'allow', scope: 'links:read links:write' }
    const body = new URLSearchParams(fields).toString()
    const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const
    const forged = await browser.send(path, { method: 'POST', headers, body })
    expect([forged.status, forged.location]).toEqual([403, ''])
    const other = { ...fields, csrf_token: await (await aSignedInBrowser(app())).csrfToken(path) }
    const stolen = new URLSearchParams(other).toString()
    const answer = await browser.send(path, { method: 'POST', headers, body: stolen })
    expect([answer.status, answer.location]).toEqual([403, ''])
    const linked = await browser.open(`${path}&decision=allow&scope=links%3Aread`)
    expect(linked.location).not.toContain('code=')
  })

  it('cannot be framed, and its form leads only here and to the client', async () => {
    const client = await aClient(app(), {
      redirectUris: [callback, 'http://127.0.0.1/cb', 'http://[::1]/cb', 'com.example.app:/cb'],
    })
    const browser = await aSignedInBrowser(app())
    const sources = [
      [callback, "'self' https:"],
      ['http://127.0.0.1:7777/cb', "'self' https: http://127.0.0.1:7777"],
      ['http://[::1]:7777/cb', "'self' https: http:"],
      ['com.example.app:/cb', "'self' https: com.example.app:"],
    ]
    for (const [redirect_uri = '', expected] of sources) {
      const { headers } = await browser.open(aRequest(client, { redirect_uri }).path)
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("frame-ancestors 'none'")
      expect([redirect_uri, /form-action ([^;]+)/.exec(policy)?.[1]]).toEqual([
        redirect_uri,
        expected,
      ])
      expect(headers['x-frame-options']).toBe('DENY')
    }
  })

  it('gives no code to a session that has ended, and leads back after the sign-in', async () => {
    const client = await aClient(app())
    const browser = await aSignedInBrowser(app())
    const { path } = aRequest(client)
    const page = await browser.open(path)
    const { action, scope } = consentFormIn(page)
    const [, csrf_token = ''] = /name="csrf_token" value="([^"]+)"/.exec(page.body) ?? []
    const cookies = new Map(browser.cookies)
    await browser.submit('/logout', {}, { on: '/create' })
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    const body = new URLSearchParams({ csrf_token, decision: 'allow', scope }).toString()
    const headers = [
      ['Content-Type', 'application/x-www-form-urlencoded'],
      ['Referer', app().baseUrl + path],
    ] as const
    const answer = await browser.send(action, { method: 'POST', headers, body })
    expect([answer.status, answer.location]).toEqual([
      303,
      `/login?error=session_expired&next=${encodeURIComponent(path)}`,
    ])
  })

  it('asks to authenticate again for prompt=login and max_age, once', async () => {
    const client = await aClient(app())
    const browser = await aSignedInBrowser(app())
    app().clock.advance(61_000)
    for (const changes of [{ prompt: 'login' }, { prompt: 'consent login' }, { max_age: '60' }]) {
      app().clock.advance(61_000)
      const own = await browser.open(aRequest(client, changes).path)
      const stepUp = await browser.open(own.location)
      expect(stepUp.location).toMatch(/^\/reauthenticate\?next=/)
      const next = new URLSearchParams(stepUp.location.split('?')[1]).get('next') ?? ''
      // Neither the form of an earlier page nor the URL avoids it.
      const early = { decision: 'allow', scope: 'links:read links:write' }
      const posted = await browser.submit(next, early, { on: '/create' })
      expect(posted.location).toMatch(/^\/reauthenticate\?next=/)
      app().clock.advance(1_000)
      const { password } = browser.account
      await browser.submit(stepUp.location, { password, next }, { on: stepUp.location })
      expect(responseIn(await consent(browser, { path: next })).code).toBeDefined()
    }
    const recent = await browser.open(aRequest(client, { max_age: '3600' }).path)
    expect((await browser.open(recent.location)).status).toBe(200)
    // A time in the future would ask without end.
    await browser.signIn(browser.account)
    const future = aRequest(client, { auth_after: String(app().clock.now() + 1_000) })
    expect((await browser.open(future.path)).status).toBe(200)
  })

  it('asks a user who authenticated more than 15 minutes ago to do it again', async () => {
    const client = await aClient(app())
    const browser = await aSignedInBrowser(app())
    const { path } = aRequest(client)
    expect((await browser.open(path)).status).toBe(200)
    app().clock.advance(15 * 60_000)
    const stepUp = await browser.open(path)
    expect(stepUp.location).toBe(`/reauthenticate?next=${encodeURIComponent(path)}`)
    const { password } = browser.account
    await browser.submit(stepUp.location, { password, next: path }, { on: stepUp.location })
    expect((await browser.open(path)).status).toBe(200)
  })

  it('does not offer administrator functions to other users', async () => {
    // The first account is the administrator's.
    await app().account()
    const user = await aSignedInBrowser(app())
    const client = await aClient(app(), { scopes: ['links:read', 'admin'] })
    const { path } = aRequest(client)
    expect(textOf(await user.open(path))).toContain('you are not an administrator')
    const { action, scope } = consentFormIn(await user.open(path))
    expect(scope).toBe('links:read')
    const wider = { decision: 'allow', scope: 'links:read admin' }
    const answer = await user.submit(action, wider, { on: path })
    expect([answer.status, answer.location]).toEqual([409, ''])
    const only = await user.open(aRequest(client, { scope: 'admin' }).path)
    expect([only.status, only.location]).toEqual([403, ''])
    const { connect } = actAs(app(), client)
    expect((await connect(user)).scope).toBe('links:read')
  })

  it('accepts loopback redirects with any port and repeats them exactly', async () => {
    const client = await aClient(app(), { redirectUris: ['http://127.0.0.1/callback'] })
    const browser = await aSignedInBrowser(app())
    for (const redirect_uri of ['http://127.0.0.1:50123/callback', 'http://127.0.0.1/callback']) {
      const request = aRequest(client, { redirect_uri })
      expect(textOf(await browser.open(request.path))).toContain(
        'Only continue if you just started',
      )
      expect(responseIn(await consent(browser, request)).uri).toBe(redirect_uri)
    }
    const other = await browser.open(
      authorizePath({ ...aRequest(client).parameters, redirect_uri: 'http://localhost/callback' }),
    )
    expect(other.status).toBe(400)
  })
})
