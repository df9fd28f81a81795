import { createFakeClock } from 'coatcheck/testing'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createIssuerKeys } from './issuer-keys.ts'
import { createLogoutSupport } from './logout-support.ts'
import { createRefreshedValue } from './refreshed-value.ts'

const issuer = 'https://id.test'
const client = { clientId: 'mjrwtf', clientSecret: 'client-secret-of-the-test-4c1f' }
const event = 'http://schemas.openid.net/event/backchannel-logout'
const clock = createFakeClock()
const now = Math.floor(clock.now() / 1_000)
const claims = {
  iss: issuer,
  aud: client.clientId,
  iat: now,
  exp: now + 120,
  jti: 'token-1',
  sub: 'ann',
  sid: 'session-1',
  events: { [event]: {} },
}
const keys = await generateKeyPair('RS256')
const otherKeys = await generateKeyPair('RS256')

interface Options {
  readonly endpoint?: string
  readonly isDown?: boolean
}

async function open({ endpoint, isDown = false }: Options = {}) {
  const failures: object[] = []
  const requests: string[] = []
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256' }] }
  const random = () => 0
  const fetch = async (url: string) => {
    requests.push(url)
    return isDown ? new Response(null, { status: 404 }) : Response.json(jwks)
  }
  const load = async () => ({
    issuer,
    id_token_signing_alg_values_supported: ['RS256'],
    ...(endpoint !== undefined && { end_session_endpoint: endpoint }),
  })
  const logout = createLogoutSupport({
    id: 'oidc',
    issuer,
    client,
    clock,
    metadata: createRefreshedValue({ load, clock, random }),
    keys: createIssuerKeys({ findUrl: async () => `${issuer}/keys`, fetch, clock, random }),
    onFailure: (failure) => void failures.push(failure),
  })
  return { logout, failures, requests }
}

interface TokenChanges {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: CryptoKey | Uint8Array
}

/** A claim or header parameter that is `undefined` is omitted. */
function tokenWith({ claims: changes, header, key = keys.privateKey }: TokenChanges = {}) {
  const payload = { ...claims, ...changes } as JWTPayload
  const protectedHeader = { alg: 'RS256', kid: 'one', typ: 'logout+jwt', ...header }
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(key)
}

function unsigned(): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encode({ alg: 'none', typ: 'logout+jwt' })}.${encode(claims)}.`
}

const secret = Buffer.from(client.clientSecret)
const claim = (changes: Readonly<Record<string, unknown>>) => () => tokenWith({ claims: changes })
const header = (changes: Readonly<Record<string, unknown>>) => () => tokenWith({ header: changes })

describe('logout tokens (V10.5.5)', () => {
  it.each([
    ['with a session and a subject', {}, { subject: 'ann', sid: 'session-1' }],
    ['with a subject', { sid: undefined }, { subject: 'ann', sid: null }],
    ['with a session', { sub: undefined }, { subject: null, sid: 'session-1' }],
    ['for several audiences', { aud: ['other', 'mjrwtf'] }, { subject: 'ann', sid: 'session-1' }],
    ['without exp', { exp: undefined }, { subject: 'ann', sid: 'session-1' }],
    ['at the limit of the age', { iat: now - 359 }, { subject: 'ann', sid: 'session-1' }],
  ])('are accepted %s', async (_label, changes, logout) => {
    const { logout: support } = await open()
    expect(await support.verifyToken(await tokenWith({ claims: changes }))).toEqual({
      status: 'valid',
      logout: { issuer, tokenId: 'token-1', ...logout },
    })
  })

  it.each([['JWT'], ['LOGOUT+JWT'], [undefined]])('are accepted with the type %s', async (typ) => {
    const { logout } = await open()
    const { status } = await logout.verifyToken(await tokenWith({ header: { typ } }))
    expect(status).toBe('valid')
  })

  it.each<[string, () => string | Promise<string>, string]>([
    ['without a signature', unsigned, 'algorithm'],
    [
      'signed with the client secret',
      () => tokenWith({ header: { alg: 'HS256' }, key: secret }),
      'algorithm',
    ],
    ['signed with another key', () => tokenWith({ key: otherKeys.privateKey }), 'signature'],
    [
      'changed after signing',
      async () => (await tokenWith()).replace(/.$/, (end) => (end === 'A' ? 'Q' : 'A')),
      'signature',
    ],
    ['with an unknown key id', header({ kid: 'two' }), 'key'],
    ['of the type of access tokens', header({ typ: 'at+jwt' }), 'type'],
    ['of an issuer that differs in a slash', claim({ iss: `${issuer}/` }), 'claims'],
    ['of another issuer', claim({ iss: 'https://other.test' }), 'claims'],
    ['for another client', claim({ aud: 'other' }), 'claims'],
    ['for several other clients', claim({ aud: ['other', 'mjrwtf2'] }), 'claims'],
    ['that has expired', claim({ exp: now - 61 }), 'times'],
    ['that is too old', claim({ iat: now - 361, exp: undefined }), 'issued-at'],
    ['from the future', claim({ iat: now + 61 }), 'issued-at'],
    ['without iat', claim({ iat: undefined }), 'claims'],
    ['with text as iat', claim({ iat: String(now) }), 'claims'],
    ['without an id', claim({ jti: undefined }), 'claims'],
    ['with an empty id', claim({ jti: '' }), 'claims'],
    ['with a nonce, as ID tokens have', claim({ nonce: 'n' }), 'claims'],
    ['with an empty nonce', claim({ nonce: '' }), 'claims'],
    ['without events', claim({ events: undefined }), 'claims'],
    ['with another event', claim({ events: { 'https://other.test/event': {} } }), 'claims'],
    ['with an event that is no object', claim({ events: { [event]: true } }), 'claims'],
    ['with a list of events', claim({ events: [event] }), 'claims'],
    ['without a subject and a session', claim({ sub: undefined, sid: undefined }), 'subject'],
    ['with a number as the session', claim({ sid: 1 }), 'claims'],
    ['with a subject of 256 characters', claim({ sub: 'a'.repeat(256) }), 'claims'],
    ['with a control character in the session', claim({ sid: 'session\u0000' }), 'claims'],
    ['with half a character in the subject', claim({ sub: 'ann\ud800' }), 'claims'],
    ['that is no JWS', () => 'not-a-token', 'signature'],
    ['that is empty', () => '', 'signature'],
  ])('are rejected %s', async (_label, create, reason) => {
    const { logout } = await open()
    expect(await logout.verifyToken(await create())).toEqual({ status: 'rejected', reason })
  })

  it('do not choose their key by its URL or content', async () => {
    const { logout, requests } = await open()
    const jwk = await exportJWK(otherKeys.publicKey)
    const attack = { jku: 'https://attacker.test/keys', x5u: 'https://attacker.test/key', jwk }
    const token = await tokenWith({ header: attack, key: otherKeys.privateKey })
    expect(await logout.verifyToken(token)).toEqual({ status: 'rejected', reason: 'signature' })
    expect(new Set(requests)).toEqual(new Set([`${issuer}/keys`]))
  })

  it('cannot be verified while the keys are not available, which is reported', async () => {
    const { logout, failures } = await open({ isDown: true })
    expect(await logout.verifyToken(await tokenWith())).toEqual({ status: 'unavailable' })
    expect(failures).toEqual([{ provider: 'oidc', reason: 'error-status' }])
  })
})

describe('the page for signing out at a provider', () => {
  it('gets the client and where to return, and keeps its own parameters', async () => {
    const { logout } = await open({ endpoint: `${issuer}/end?theme=dark` })
    const url = new URL((await logout.findUrl('https://mjr.test/')) ?? '')
    expect([url.origin + url.pathname, [...url.searchParams]]).toEqual([
      `${issuer}/end`,
      [
        ['theme', 'dark'],
        ['client_id', 'mjrwtf'],
        ['post_logout_redirect_uri', 'https://mjr.test/'],
      ],
    ])
  })

  it.each([undefined, 'javascript:alert(1)', 'http://id.test/end', 'not a url'])(
    'is not offered for the endpoint %s',
    async (endpoint) => {
      const { logout } = await open(endpoint === undefined ? {} : { endpoint })
      expect(await logout.findUrl('https://mjr.test/')).toBeNull()
    },
  )
})
