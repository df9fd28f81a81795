import { beforeAll, describe, expect, it } from 'vitest'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { aBrowser, aSignedInBrowser, type SignedInBrowser, textOf } from './support/browser.ts'
import {
  aClient,
  actAs,
  aRequest,
  basic,
  callback,
  sendForm,
  type TestClient,
} from './support/oauth.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const errorIn = (answer: TestResponse) => [answer.status, Object(answer.json()).error]

const form = 'grant_type=refresh_token&refresh_token=unknown'

/** Requests whose client is not authenticated. */
function wrongCredentials(
  client: TestClient,
  open: TestClient,
): readonly (readonly [string, string, RawHeaders?])[] {
  const { id, secret } = client
  const inBody = (clientId: string, sent: string) =>
    `${form}&client_id=${encodeURIComponent(clientId)}&client_secret=${encodeURIComponent(sent)}`
  return [
    ['none', form],
    ['no secret', `${form}&client_id=${id}`],
    ['an empty secret', inBody(id, '')],
    ['a wrong secret', inBody(id, `${secret.slice(0, -1)}!`)],
    ['a longer secret', inBody(id, `${secret}A`)],
    ['the hash of the secret', inBody(id, client.secretHash ?? '')],
    ['the secret of another client', inBody(open.id, secret)],
    ['a secret for a public client', inBody(open.id, 'secret')],
    ['an unknown client', `${form}&client_id=${'A'.repeat(22)}`],
    ['a client id with other characters', inBody("' OR 1=1 --", secret)],
    ['a wrong secret in the header', form, basic(id, 'wrong')],
    ['no secret in the header', form, basic(id, '')],
    ['an unknown client in the header', form, basic('A'.repeat(22), secret)],
    ['a header that is not Base64', form, [['Authorization', 'Basic %%%']]],
    ['a header without a colon', form, [['Authorization', `Basic ${btoa(id)}`]]],
    ['a header that cannot be decoded', form, basic('%', '%')],
    ['another scheme', `${form}&client_id=${open.id}`, [['Authorization', `Bearer ${secret}`]]],
    ['the credentials in the URL', form],
  ]
}

/** Malformed requests, of an authenticated client. */
const malformed: readonly (readonly [string, string, RawHeaders?])[] = [
  ['a parameter twice', `${form}&grant_type=authorization_code`],
  ['an unknown parameter twice', `${form}&a=1&a=2`],
  ['a client id twice', `${form}&client_id=a`],
  ['no grant type', 'refresh_token=a'],
  ['no refresh token', 'grant_type=refresh_token'],
  ['an empty refresh token', 'grant_type=refresh_token&refresh_token='],
  ['no code', 'grant_type=authorization_code'],
]

describe.each(databases)('endpoints of client applications on %s', (kind) => {
  const app = useApp(kind)

  it('authenticate a client by one kind of credentials (V10.4.10)', async () => {
    const client = await aClient(app(), { kind: 'confidential' })
    const { id, secret } = client
    const accepted = [400, 'invalid_grant']
    const inBody = `${form}&client_id=${id}&client_secret=${secret}`
    expect(errorIn(await sendForm(app(), '/oauth/token', { body: inBody }))).toEqual(accepted)
    for (const body of [form, `${form}&client_id=${id}`]) {
      const answer = await sendForm(app(), '/oauth/token', { body, headers: basic(id, secret) })
      expect(errorIn(answer)).toEqual(accepted)
    }
    const both = { body: inBody, headers: basic(id, secret) }
    expect(errorIn(await sendForm(app(), '/oauth/token', both))).toEqual([400, 'invalid_request'])
    const two = { body: `${form}&client_id=${'A'.repeat(22)}`, headers: basic(id, secret) }
    expect(errorIn(await sendForm(app(), '/oauth/token', two))).toEqual([400, 'invalid_request'])
  })

  it('refuse wrong client credentials with one answer (V10.4.10)', async () => {
    const [client, open] = [await aClient(app(), { kind: 'confidential' }), await aClient(app())]
    const { id, secret } = client
    for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect']) {
      for (const [name, body, headers = []] of wrongCredentials(client, open)) {
        const query = name.endsWith('URL') ? `?client_id=${id}&client_secret=${secret}` : ''
        const answer = await sendForm(app(), path + query, { body, headers })
        const challenge = answer.headers['www-authenticate']
        expect([name, ...errorIn(answer), challenge]).toEqual([
          ...[name, 401, 'invalid_client'],
          'Basic realm="client applications", charset="UTF-8"',
        ])
        expect(answer.headers['cache-control']).toBe('no-store')
        expect(Object(answer.json()).error_description).toBe(
          'The client is unknown, or its secret is wrong.',
        )
      }
      await app().storage.query('DELETE FROM rate_limits')
    }
  })

  it('refuse malformed requests', async () => {
    const client = await aClient(app())
    const invalid = [400, 'invalid_request']
    for (const [name, body] of malformed) {
      const sent = { body: `client_id=${client.id}&${body}` }
      const answer = await sendForm(app(), '/oauth/token', sent)
      expect([name, ...errorIn(answer)]).toEqual([name, ...invalid])
    }
    for (const type of ['application/json', 'multipart/form-data; boundary=a', 'text/plain', '-']) {
      const headers = [['Content-Type', type]] as const
      const body = JSON.stringify({ client_id: client.id })
      const answer = await app().send('/oauth/token', { method: 'POST', headers, body })
      expect([type, ...errorIn(answer)]).toEqual([type, ...invalid])
    }
    const large = await sendForm(app(), '/oauth/token', { body: `a=${'a'.repeat(300_000)}` })
    expect(errorIn(large)).toEqual([413, 'invalid_request'])
    const inUrl = await app().send(`/oauth/token?${form}`)
    expect([inUrl.status, inUrl.headers.allow, Object(inUrl.json()).error]).toEqual([
      ...[405, 'POST', 'invalid_request'],
    ])
  })

  it('describe themselves exactly (RFC 8414)', async () => {
    const answer = await app().send('/.well-known/oauth-authorization-server')
    const { baseUrl } = app()
    const withSecret = ['client_secret_basic', 'client_secret_post']
    expect(answer.json()).toEqual({
      issuer: baseUrl,
      authorization_endpoint: `${baseUrl}/oauth/authorize`,
      token_endpoint: `${baseUrl}/oauth/token`,
      revocation_endpoint: `${baseUrl}/oauth/revoke`,
      introspection_endpoint: `${baseUrl}/oauth/introspect`,
      device_authorization_endpoint: `${baseUrl}/oauth/device_authorization`,
      scopes_supported: ['links:read', 'links:write', 'stats:read', 'account:read', 'admin'],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: [
        ...['authorization_code', 'refresh_token'],
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: [...withSecret, 'none'],
      revocation_endpoint_auth_methods_supported: [...withSecret, 'none'],
      introspection_endpoint_auth_methods_supported: withSecret,
      service_documentation: `${baseUrl}/docs/api`,
    })
  })

  it('limit requests with wrong credentials per network, and no correct ones', async () => {
    await using own = await anApp(kind)
    const client = await aClient(own, { kind: 'confidential' })
    const wrong = { body: `${form}&client_id=${client.id}&client_secret=wrong` }
    const { max } = rateLimits.clientAuthentications
    const count = await Promise.all(
      Array.from({ length: max + 5 }, () => sendForm(own, '/oauth/token', wrong)),
    )
    expect(count.filter(({ status }) => status === 401)).toHaveLength(max)
    const limited = count.find(({ status }) => status === 429)
    expect(limited?.headers['retry-after']).toMatch(/^\d+$/)
    const headers = basic(client.id, client.secret)
    const correct = await sendForm(own, '/oauth/token', { body: form, headers })
    expect(errorIn(correct)).toEqual([400, 'invalid_grant'])
  })

  it('answer 503 in the format of OAuth while the database fails', async () => {
    await using own = await anApp(kind)
    const client = await aClient(own)
    await own.failDatabase()
    const answer = await sendForm(own, '/oauth/token', { body: `${form}&client_id=${client.id}` })
    expect([...errorIn(answer), answer.headers['retry-after']]).toEqual([
      ...[503, 'temporarily_unavailable', '5'],
    ])
  })
})

const registration = {
  name: '  Menu   printer ',
  kind: 'confidential',
  website: 'https://app.example/',
  redirect_uris: `${callback}\r\n\r\n http://127.0.0.1/callback \r\n${callback}`,
  'links:read': 'on',
  allows_device_flow: 'on',
}

/** Input that the form rejects, with the field that says why. */
const invalidRegistrations = [
  ['no name', { name: ' ' }, 'Enter the name'],
  ['a long name', { name: 'a'.repeat(61) }, 'at most 60 characters'],
  ['a name that reverses text', { name: 'Menu \u202eretnirp' }, 'invisible characters'],
  ['another type', { kind: 'other' }, 'Choose a type.'],
  ['a website over http', { website: 'http://app.example/' }, 'Enter an https:// URL.'],
  ['a script as website', { website: 'javascript:alert(1)' }, 'Enter an https:// URL.'],
  ['a wildcard', { redirect_uris: 'https://*.example/cb' }, 'wildcards'],
  ['plain http', { redirect_uris: 'http://app.example/cb' }, 'use https'],
  ['localhost', { redirect_uris: 'http://localhost/cb' }, 'instead of localhost'],
  ['a script', { redirect_uris: 'javascript:alert(1)' }, 'reversed domain name'],
  ['a fragment', { redirect_uris: `${callback}#a` }, 'remove the fragment'],
  ['one wrong line', { redirect_uris: `${callback}\nmenu` }, 'not a complete URI'],
  ['many lines', { redirect_uris: manyUris() }, 'at most 10'],
] as const

function manyUris(): string {
  return Array.from({ length: 11 }, (_, n) => `https://app.example/${n}`).join('\n')
}

describe.each(databases)('registration of client applications on %s', (kind) => {
  const app = useApp(kind)
  let administrator: SignedInBrowser

  beforeAll(async () => {
    administrator = await aSignedInBrowser(app())
  })

  it('shows a secret once, stores its hash, and lists the application', async () => {
    const browser = administrator
    const page = await browser.submit('/settings/applications/register', registration)
    expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-store'])
    const [secret = ''] = /mjr_cs_[A-Za-z0-9_-]{43}/.exec(page.body) ?? []
    app().leakDetector.addSecret(secret, 'code')
    const [, id = ''] = /new-token">([A-Za-z0-9_-]{22})</.exec(page.body) ?? []
    const dump = JSON.stringify(await app().storage.query('SELECT * FROM client_applications'))
    expect([dump.includes(id), dump.includes(secret)]).toEqual([true, false])
    const list = await browser.open('/settings/applications')
    expect(list.body).not.toContain(secret)
    expect(textOf(list)).toContain('Menu printer')
    const client = await app().features.oauth.clients.find(id)
    expect(client?.redirectUris).toEqual([callback, 'http://127.0.0.1/callback'])
    const body = form
    const sent = { body, headers: basic(id, secret) }
    expect(errorIn(await sendForm(app(), '/oauth/token', sent))).toEqual([400, 'invalid_grant'])
    const replaced = await browser.submit(`/settings/applications/${id}/secret`, {})
    const [next = ''] = /mjr_cs_[A-Za-z0-9_-]{43}/.exec(replaced.body) ?? []
    app().leakDetector.addSecret(next, 'code')
    expect(errorIn(await sendForm(app(), '/oauth/token', sent))).toEqual([401, 'invalid_client'])
    const renewed = { body, headers: basic(id, next) }
    expect(errorIn(await sendForm(app(), '/oauth/token', renewed))).toEqual([400, 'invalid_grant'])
    await app().flushSecurityEvents()
    const log = textOf(await browser.open('/settings/security-log'))
    expect(log).toContain('Application registered')
    expect(log).toContain('Application changed')
  })

  it('rejects what users could not trust, with the reason beside the field', async () => {
    const browser = administrator
    for (const [name, changes, text] of invalidRegistrations) {
      const fields = { ...registration, ...changes }
      const page = await browser.submit('/settings/applications/register', fields)
      expect([name, page.status]).toEqual([name, 400])
      expect(textOf(page)).toContain(text)
    }
    const { 'links:read': _, ...withoutScope } = registration
    const page = await browser.submit('/settings/applications/register', withoutScope)
    expect(textOf(page)).toContain('Choose at least one permission.')
    const extra = { ...registration, id: 'A'.repeat(22) }
    expect((await browser.submit('/settings/applications/register', extra)).status).toBe(400)
  })

  it('changes and removes an application, which disconnects its users', async () => {
    const browser = administrator
    const client = await aClient(app())
    const { connect, isActive } = actAs(app(), client)
    const user = await aSignedInBrowser(app())
    const tokens = await connect(user)
    const path = `/settings/applications/${client.id}`
    const changes = { name: 'Printer', redirect_uris: callback, 'links:read': 'on' }
    const changed = await browser.submit(path, changes)
    expect([changed.status, changed.location]).toEqual([303, '/settings/applications'])
    expect(await isActive(tokens)).toBe(false)
    expect(textOf(await user.open(aRequest(client, { scope: 'links:read' }).path))).toContain(
      'Connect Printer to your account?',
    )
    const removed = await browser.submit(`${path}/remove`)
    expect(removed.location).toBe('/settings/applications')
    for (const removedPage of [path, `${path}/remove`]) {
      expect((await browser.open(removedPage)).status).toBe(404)
    }
    expect((await user.open(aRequest(client).path)).status).toBe(400)
  })

  it('is for administrators only', async () => {
    const client = await aClient(app())
    const user = await aSignedInBrowser(app())
    for (const path of ['', '/register', `/${client.id}`, `/${client.id}/remove`]) {
      expect((await user.open(`/settings/applications${path}`)).status).toBe(404)
    }
    const isLinked = async (browser: SignedInBrowser) =>
      textOf(await browser.open('/settings/security')).includes('Applications')
    expect([await isLinked(administrator), await isLinked(user)]).toEqual([true, false])
    expect((await aBrowser(app()).open('/settings/applications')).status).toBe(303)
  })
})
