import { createHash } from 'node:crypto'
import { createFakeClock, type FakeClock } from 'coatcheck/testing'
import { exportSPKI } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  aForgedKey,
  type ForgedKey,
  type ForgedProvider,
  forgedClient,
  publicJwk,
  sendJson,
  startForgedProvider,
  type TokenDraft,
} from '../../../test/support/forged-provider.ts'
import type { ProviderTransaction, SignInProvider } from '../../application/ports/providers.ts'
import { minute, second } from '../../domain/time.ts'
import { createProviders } from './create-providers.ts'
import type { ProviderFailure } from './provider-adapter.ts'

const redirectUri = 'https://mjr.test/login/oidc/callback'
const nonce = 'nonce-of-this-visit'

let forged: ForgedProvider
let otherKey: ForgedKey
let failures: ProviderFailure[]
let clock: FakeClock

beforeAll(async () => {
  forged = await startForgedProvider()
  otherKey = await aForgedKey('key-1')
})

beforeEach(() => {
  forged.reset()
  failures = []
  clock = createFakeClock(Date.now())
})

afterAll(() => forged[Symbol.asyncDispose]())

function anAdapter(issuer = forged.issuer): SignInProvider {
  const oidc = { ...forgedClient, issuer, name: 'Example ID', trustsMfa: false }
  const clients = { google: null, github: null, discord: null, oidc }
  const onFailure = (failure: ProviderFailure) => failures.push(failure)
  const [adapter] = createProviders(clients, { endpoints: {}, clock, onFailure }).list()
  if (adapter === undefined) throw new Error('No provider was created.')
  return adapter
}

function aTransaction(changes: Partial<ProviderTransaction> = {}): ProviderTransaction {
  const secrets = { state: 'state-of-this-visit', nonce, codeVerifier: 'v'.repeat(43) }
  return { ...secrets, redirectUri, maxAge: null, ...changes }
}

/** The callback of this visit. The forged provider takes the nonce from the code. */
function callbackOf(query: string | Readonly<Record<string, string>> = {}): URL {
  const parameters = { state: 'state-of-this-visit', code: nonce }
  const text =
    typeof query === 'string' ? query : new URLSearchParams({ ...parameters, ...query }).toString()
  return new URL(`?${text}`, redirectUri)
}

function complete(changes: Partial<ProviderTransaction> = {}) {
  return anAdapter().complete(callbackOf(), aTransaction(changes))
}

function hashOf(accessToken: unknown): string {
  const digest = createHash('sha256').update(String(accessToken)).digest()
  return digest.subarray(0, 16).toString('base64url')
}

const now = () => Math.floor(Date.now() / second)

describe('an authorization request', () => {
  it('has state, nonce, an S256 challenge and the redirect URI of its provider (V10.2.1)', async () => {
    const redirect = await anAdapter().begin(aTransaction())
    const url = new URL(redirect.status === 'redirect' ? redirect.url : '')
    expect(`${url.origin}${url.pathname}`).toBe(`${forged.issuer}/authorize`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: forgedClient.clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid email',
      state: 'state-of-this-visit',
      nonce,
      code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
      code_challenge_method: 'S256',
    })
  })

  it('asks for a new authentication if the visit requires one', async () => {
    const redirect = await anAdapter().begin(aTransaction({ maxAge: 5 * minute }))
    const { searchParams } = new URL(redirect.status === 'redirect' ? redirect.url : '')
    expect([searchParams.get('prompt'), searchParams.get('max_age')]).toEqual(['login', '300'])
  })
})

describe('an ID token', () => {
  it('is accepted as the profile of its issuer and subject', async () => {
    forged.onToken(({ claims }) => {
      Object.assign(claims, { sid: 's1', acr: 'urn:two', amr: ['pwd', 7, 'otp'], auth_time: 1_000 })
    })
    expect(await complete()).toEqual({
      status: 'authenticated',
      profile: {
        provider: 'oidc',
        issuer: forged.issuer,
        subject: 'user-1',
        email: 'one@users.test',
        emailVerified: true,
        sid: 's1',
        authenticatedAt: 1_000_000,
        acr: 'urn:two',
        amr: ['pwd', 'otp'],
      },
    })
  })

  it.each<[string, (draft: TokenDraft) => void]>([
    [
      'has a correct at_hash',
      (t) => Object.assign(t.claims, { at_hash: hashOf(t.response.access_token) }),
    ],
    ['has the type JWT', (t) => Object.assign(t.header, { typ: 'jwt' })],
    [
      'has this client among its audiences and as azp',
      (t) =>
        Object.assign(t.claims, {
          aud: ['other', forgedClient.clientId],
          azp: forgedClient.clientId,
        }),
    ],
    [
      'was issued by a clock that is 50 s ahead',
      (t) => Object.assign(t.claims, { iat: now() + 50 }),
    ],
  ])('is accepted if it %s', async (_name, change) => {
    forged.onToken(change)
    expect(await complete()).toMatchObject({ status: 'authenticated' })
  })

  it.each(['PS256', 'ES256', 'EdDSA'])('is accepted with a signature of %s', async (alg) => {
    forged.keys.splice(0, 1, await aForgedKey('other-algorithm', alg))
    expect(await complete()).toMatchObject({ status: 'authenticated' })
  })
})

/** Each changes one thing of a token that would be accepted. */
const mutations: readonly (readonly [string, string, (draft: TokenDraft) => unknown])[] = [
  [
    'signed with another key',
    'signature',
    (t) => Object.assign(t, { key: otherKey.keys.privateKey }),
  ],
  [
    'with other claims than were signed',
    'signature',
    (t) => Object.assign(t, { finish: replaceSubject }),
  ],
  [
    'without a signature',
    'signature',
    (t) => Object.assign(t, { finish: (jwt: string) => jwt.replace(/[^.]*$/, '') }),
  ],
  ['with the algorithm none', 'response', (t) => Object.assign(t, { finish: unsecured })],
  [
    'with a key id that was never published',
    'key',
    (t) => Object.assign(t.header, { kid: 'unknown' }),
  ],
  [
    'with a critical extension',
    'response',
    (t) => Object.assign(t.header, { crit: ['x-test'], 'x-test': 1 }),
  ],
  ['of the type of an access token', 'type', (t) => Object.assign(t.header, { typ: 'at+jwt' })],
  ['of the type of a logout token', 'type', (t) => Object.assign(t.header, { typ: 'logout+jwt' })],
  ['of another issuer', 'claims', (t) => Object.assign(t.claims, { iss: 'https://other.test' })],
  [
    'whose issuer has a slash more',
    'claims',
    (t) => Object.assign(t.claims, { iss: `${forged.issuer}/` }),
  ],
  ['without an issuer', 'response', (t) => delete t.claims.iss],
  ['for another client', 'claims', (t) => Object.assign(t.claims, { aud: 'other' })],
  ['for several others', 'claims', (t) => Object.assign(t.claims, { aud: ['other', 'another'] })],
  ['without an audience', 'response', (t) => delete t.claims.aud],
  [
    'for this client and another one without azp',
    'claims',
    (t) => Object.assign(t.claims, { aud: ['other', forgedClient.clientId] }),
  ],
  [
    'for this client and another one as azp',
    'claims',
    (t) => Object.assign(t.claims, { aud: ['other', forgedClient.clientId], azp: 'other' }),
  ],
  [
    'with another client as azp',
    'authorized-party',
    (t) => Object.assign(t.claims, { azp: 'other' }),
  ],
  ['that has expired', 'times', (t) => Object.assign(t.claims, { exp: now() - 120 })],
  ['without an expiry', 'response', (t) => delete t.claims.exp],
  ['whose expiry is text', 'response', (t) => Object.assign(t.claims, { exp: String(now() + 60) })],
  ['that is not valid yet', 'times', (t) => Object.assign(t.claims, { nbf: now() + 300 })],
  ['issued in the future', 'issued-at', (t) => Object.assign(t.claims, { iat: now() + 120 })],
  ['issued an hour ago', 'issued-at', (t) => Object.assign(t.claims, { iat: now() - 3_600 })],
  ['without a time of issue', 'response', (t) => delete t.claims.iat],
  [
    'with the nonce of another visit',
    'claims',
    (t) => Object.assign(t.claims, { nonce: 'another' }),
  ],
  ['without a nonce', 'response', (t) => delete t.claims.nonce],
  [
    'with the hash of another access token',
    'access-token-hash',
    (t) => Object.assign(t.claims, { at_hash: hashOf('other') }),
  ],
  [
    'with an empty hash of the access token',
    'access-token-hash',
    (t) => Object.assign(t.claims, { at_hash: '' }),
  ],
  ['without a subject', 'response', (t) => delete t.claims.sub],
  ['whose subject is a number', 'response', (t) => Object.assign(t.claims, { sub: 1 })],
  ['whose subject is empty', 'subject', (t) => Object.assign(t.claims, { sub: '' })],
  [
    'whose subject has a control character',
    'subject',
    (t) => Object.assign(t.claims, { sub: 'user-1\u0000' }),
  ],
  [
    'whose subject has half a character, which databases replace',
    'subject',
    (t) => Object.assign(t.claims, { sub: 'user\ud800' }),
  ],
  [
    'whose subject has 256 characters',
    'subject',
    (t) => Object.assign(t.claims, { sub: 's'.repeat(256) }),
  ],
  ['that is encrypted', 'response', (t) => Object.assign(t, { finish: () => 'a.b.c.d.e' })],
  ['that is missing', 'response', (t) => Object.assign(t.response, { id_token: undefined })],
  [
    'beside no access token',
    'response',
    (t) => Object.assign(t.response, { access_token: undefined }),
  ],
]

function replaceSubject(jwt: string): string {
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'user-2' })).toString('base64url')
  return [header, changed, signature].join('.')
}

function unsecured(jwt: string): string {
  const header = Buffer.from('{"alg":"none"}').toString('base64url')
  return `${header}.${jwt.split('.')[1]}.`
}

describe('an ID token that was changed (V10.5.1, V10.5.4, V9.1.1, V9.1.2, V9.2.1, V9.2.2, V9.2.3)', () => {
  it.each(mutations)('%s is rejected as "%s"', async (_name, reason, change) => {
    forged.onToken(change)
    expect(await complete()).toEqual({ status: 'rejected', reason })
    expect(failures).toEqual([])
  })

  it.each(['client secret', 'public key'])('signed with the %s is rejected', async (kind) => {
    Object.assign(forged.metadata, { id_token_signing_alg_values_supported: ['HS256', 'RS256'] })
    const [key] = forged.keys
    const text =
      key && kind === 'public key'
        ? await exportSPKI(key.keys.publicKey)
        : forgedClient.clientSecret
    forged.onToken((draft) => {
      Object.assign(draft, { key: new TextEncoder().encode(text) })
      Object.assign(draft.header, { alg: 'HS256' })
    })
    expect(await complete()).toMatchObject({ status: 'rejected' })
  })

  it.each(['jku', 'x5u', 'jwk'])(
    'with a key of its own in %s is rejected (V9.1.3)',
    async (name) => {
      const attacker = await aForgedKey('attacker')
      const jwk = await publicJwk(attacker)
      const url = `${forged.issuer}/attacker`
      forged.respond('/attacker', (_request, response) => sendJson(response, { keys: [jwk] }))
      forged.onToken((draft) => {
        Object.assign(draft, { key: attacker.keys.privateKey })
        Object.assign(draft.header, { kid: 'attacker', [name]: name === 'jwk' ? jwk : url })
      })
      expect(await complete()).toEqual({ status: 'rejected', reason: 'key' })
      expect(forged.requests.filter(({ path }) => path === '/attacker')).toEqual([])
    },
  )

  it('without a key id is rejected if several keys could have signed it', async () => {
    forged.keys.push(await aForgedKey('key-2'))
    forged.onToken(({ header }) => delete header.kid)
    expect(await complete()).toEqual({ status: 'rejected', reason: 'key' })
  })

  it.each<[string, string, number | string | undefined]>([
    ['is too early', 'times', -400],
    ['is missing', 'response', undefined],
    ['is text', 'response', 'now'],
  ])('whose required auth_time %s is rejected (V6.8.4)', async (_name, reason, offset) => {
    forged.onToken(({ claims }) => {
      claims.auth_time = typeof offset === 'number' ? now() + offset : offset
    })
    expect(await complete({ maxAge: 5 * minute })).toEqual({ status: 'rejected', reason })
  })
})

/** Each changes one thing of the callback of this visit. */
const callbacks: readonly (readonly [string, string | Readonly<Record<string, string>>])[] = [
  ['without parameters', ''],
  ['without a state', `code=${nonce}`],
  ['with another state', { state: 'other' }],
  ['with two states', `state=state-of-this-visit&state=other&code=${nonce}`],
  ['without a code', 'state=state-of-this-visit'],
  ['with two codes', `state=state-of-this-visit&code=${nonce}&code=other`],
  ['with the issuer of another provider', { iss: 'https://other.test' }],
  ['with two issuers', `state=state-of-this-visit&code=${nonce}&iss=a&iss=b`],
  ['with an unknown error', { error: 'x'.repeat(100) }],
  ['with a token of the implicit flow', { id_token: 'a.b.c' }],
  ['with a response of JARM', { response: 'a.b.c' }],
]

describe('a callback that was changed (V10.2.2, V10.1.2)', () => {
  it.each(callbacks)('%s is rejected before the code is sent', async (_name, query) => {
    const before = forged.requests.length
    const outcome = await anAdapter().complete(callbackOf(query), aTransaction())
    expect(outcome).toMatchObject({ status: 'rejected' })
    const paths = forged.requests.slice(before).map(({ path }) => path)
    expect(paths).not.toContain('/token')
  })

  it('without the issuer is rejected if the provider always sends it (RFC 9207)', async () => {
    Object.assign(forged.metadata, { authorization_response_iss_parameter_supported: true })
    expect(await complete()).toEqual({ status: 'rejected', reason: 'response' })
    const url = callbackOf({ iss: forged.issuer })
    const outcome = await anAdapter().complete(url, aTransaction())
    expect(outcome).toMatchObject({ status: 'authenticated' })
  })

  it.each([
    ['access_denied', { status: 'canceled' }],
    ['server_error', { status: 'unavailable' }],
    ['temporarily_unavailable', { status: 'unavailable' }],
    ['unauthorized_client', { status: 'unavailable' }],
    ['login_required', { status: 'rejected', reason: 'provider-error' }],
  ])('with the error %s is no sign-in', async (error, outcome) => {
    const url = callbackOf({ error })
    expect(await anAdapter().complete(url, aTransaction())).toEqual(outcome)
  })

  it('with a code that was used is rejected', async () => {
    forged.respond('/token', (_request, response) => {
      sendJson(response, { error: 'invalid_grant' }, 400)
    })
    expect(await complete()).toEqual({ status: 'rejected', reason: 'code-rejected' })
  })
})

describe('the client', () => {
  it.each([
    ['client_secret_basic', undefined],
    ['client_secret_basic', ['client_secret_post', 'client_secret_basic']],
    ['client_secret_post', ['client_secret_post']],
  ])('authenticates with %s if the metadata offers %j', async (method, offered) => {
    Object.assign(forged.metadata, { token_endpoint_auth_methods_supported: offered })
    expect(await complete()).toMatchObject({ status: 'authenticated' })
    const request = forged.requests.findLast(({ path }) => path === '/token')
    const { clientId, clientSecret } = forgedClient
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    const form = new URLSearchParams(request?.body)
    expect([request?.authorization, form.get('client_secret')]).toEqual(
      method === 'client_secret_basic' ? [`Basic ${basic}`, null] : ['', clientSecret],
    )
    expect(form.get('code_verifier')).toBe('v'.repeat(43))
  })

  it('is not used if the provider offers no method with a secret', async () => {
    const methods = ['private_key_jwt']
    Object.assign(forged.metadata, { token_endpoint_auth_methods_supported: methods })
    expect(await complete()).toEqual({ status: 'unavailable' })
    expect(failures).toEqual([{ provider: 'oidc', reason: 'unsupported-client-authentication' }])
  })

  it('is reported to the operator if the provider rejects its secret', async () => {
    forged.respond('/token', (_request, response) => {
      sendJson(response, { error: 'invalid_client' }, 401)
    })
    expect(await complete()).toEqual({ status: 'unavailable' })
    expect(failures).toEqual([{ provider: 'oidc', reason: 'client-rejected' }])
  })
})

describe('an email', () => {
  it('is read from the userinfo endpoint if the ID token has none', async () => {
    forged.onToken(({ claims }) => delete claims.email)
    const profile = { sub: 'user-1', email: 'Two@Users.test', email_verified: true }
    forged.respond('/userinfo', (_request, response) => sendJson(response, profile))
    expect(await complete()).toMatchObject({
      status: 'authenticated',
      profile: { email: expect.stringMatching(/^two@users.test$/i), emailVerified: true },
    })
  })

  it('of another subject at the userinfo endpoint is rejected', async () => {
    forged.onToken(({ claims }) => delete claims.email)
    const profile = { sub: 'user-2', email: 'two@users.test', email_verified: true }
    forged.respond('/userinfo', (_request, response) => sendJson(response, profile))
    expect(await complete()).toEqual({ status: 'rejected', reason: 'subject' })
  })

  it.each([
    ['true as text', { email_verified: 'true' }, 'one@users.test'],
    ['1', { email_verified: 1 }, 'one@users.test'],
    ['nothing', { email_verified: undefined }, 'one@users.test'],
    ['true about no email', { email: 'not an email' }, null],
  ])('is not verified if the provider says %s', async (_name, change, email) => {
    forged.onToken(({ claims }) => Object.assign(claims, change))
    expect(await complete()).toMatchObject({ profile: { email, emailVerified: false } })
  })
})
