import { createFakeClock, type FakeClock } from 'coatcheck/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  aForgedKey,
  type ForgedProvider,
  forgedClient,
  type Respond,
  sendJson,
  startForgedProvider,
} from '../../../test/support/forged-provider.ts'
import type { SignInProvider } from '../../application/ports/providers.ts'
import { day, hour, minute, second } from '../../domain/time.ts'
import { createOidcAdapter } from './oidc-adapter.ts'
import type { ProviderFailure } from './provider-adapter.ts'
import { createProviderFetch, fetchLimits } from './provider-fetch.ts'

const discovery = '/.well-known/openid-configuration'
const redirectUri = 'https://mjr.test/login/oidc/callback'

let forged: ForgedProvider
let failures: ProviderFailure[]
let clock: FakeClock

beforeAll(async () => {
  forged = await startForgedProvider()
})

beforeEach(() => {
  forged.reset()
  failures = []
  clock = createFakeClock(Date.now())
})

afterAll(() => forged[Symbol.asyncDispose]())

interface AdapterChanges {
  readonly issuer?: string
  readonly timeout?: number
}

function anAdapter({ issuer = forged.issuer, timeout }: AdapterChanges = {}): SignInProvider {
  return createOidcAdapter({
    id: 'oidc',
    name: 'Example ID',
    trustsMfa: false,
    confirmsAuthentication: true,
    issuer,
    client: forgedClient,
    fetch: createProviderFetch(timeout),
    clock,
    random: () => 0,
    onFailure: (failure) => failures.push(failure),
  })
}

const transaction = {
  state: 'state',
  nonce: 'nonce',
  codeVerifier: 'v'.repeat(43),
  redirectUri,
  maxAge: null,
}

function signIn(adapter: SignInProvider) {
  return adapter.complete(new URL(`${redirectUri}?state=state&code=nonce`), transaction)
}

function endpointsOf(origin: string) {
  return {
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    jwks_uri: `${origin}/jwks`,
  }
}

function requestsTo(path: string): number {
  return forged.requests.filter((request) => request.path === path).length
}

const tooLarge: Respond = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(Buffer.alloc(10_000_000, 32))
}

/** What a provider may send instead of its metadata, and the reason in the log. */
const responses: readonly (readonly [string, string, Respond])[] = [
  [
    'HTML',
    'not-json',
    (_request, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>'),
  ],
  [
    'invalid JSON',
    'not-json',
    (_request, response) =>
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{'),
  ],
  ['a list', 'invalid-metadata', (_request, response) => sendJson(response, [])],
  ['no issuer', 'invalid-metadata', (_request, response) => sendJson(response, {})],
  ['10 MB', 'too-large', tooLarge],
  ['status 404', 'error-status', (_request, response) => response.writeHead(404).end()],
  ['status 500', 'error-status', (_request, response) => response.writeHead(500).end()],
  [
    'a redirect',
    'redirected',
    (_request, response) => response.writeHead(302, { Location: '/elsewhere' }).end(),
  ],
  ['a closed connection', 'unreachable', (_request, response) => response.destroy()],
]

/** Metadata that a provider may send, and the reason in the log. */
const metadata: readonly (readonly [string, string, () => object])[] = [
  ['another issuer', 'issuer-mismatch', () => ({ issuer: 'https://other.test' })],
  ['its issuer with a slash', 'issuer-mismatch', () => ({ issuer: `${forged.issuer}/` })],
  ['its issuer in capitals', 'issuer-mismatch', () => ({ issuer: forged.issuer.toUpperCase() })],
  [
    'a placeholder for the tenant',
    'issuer-mismatch',
    () => ({ issuer: `${forged.issuer}/{tenantid}` }),
  ],
  ['no keys', 'invalid-metadata', () => ({ jwks_uri: undefined })],
  ['no token endpoint', 'invalid-metadata', () => ({ token_endpoint: undefined })],
  [
    'an authorization endpoint over plain http',
    'insecure-url',
    () => ({ authorization_endpoint: 'http://id.test/authorize' }),
  ],
  [
    'a script as the authorization endpoint',
    'insecure-url',
    () => ({ authorization_endpoint: 'javascript:alert(1)' }),
  ],
  [
    'only shared keys',
    'unsupported-algorithm',
    () => ({ id_token_signing_alg_values_supported: ['HS256', 'none'] }),
  ],
]

describe('the metadata of a provider (V10.5.3)', () => {
  it.each(responses)('that is %s makes it unavailable', async (_name, reason, respond) => {
    forged.respond(discovery, respond)
    expect(await anAdapter().begin(transaction)).toEqual({ status: 'unavailable' })
    expect(failures).toEqual([{ provider: 'oidc', reason }])
    expect(requestsTo('/elsewhere')).toBe(0)
  })

  it.each(metadata)('with %s makes it unavailable', async (_name, reason, change) => {
    Object.assign(forged.metadata, change())
    const adapter = anAdapter()
    expect(await adapter.begin(transaction)).toEqual({ status: 'unavailable' })
    expect(failures).toEqual([{ provider: 'oidc', reason }])
    // The same reason while it is not requested again.
    expect(await adapter.begin(transaction)).toEqual({ status: 'unavailable' })
    expect(failures.at(1)).toEqual(failures[0])
  })

  it.each(['token_endpoint', 'jwks_uri', 'userinfo_endpoint'])(
    'with a %s over plain http elsewhere sends nothing there (V10.1.1)',
    async (name) => {
      Object.assign(forged.metadata, { [name]: 'http://id.test/endpoint' })
      if (name === 'userinfo_endpoint') forged.onToken(({ claims }) => delete claims.email)
      expect(await signIn(anAdapter())).toEqual({ status: 'unavailable' })
      expect(failures).toEqual([{ provider: 'oidc', reason: 'insecure-url' }])
    },
  )

  it.each(['/realms/main', '/application/o/app/'])(
    'is found below the path of an issuer: %s',
    async (path) => {
      const issuer = `${forged.issuer}${path}`
      Object.assign(forged.metadata, { issuer })
      const url = `${path.replace(/\/$/, '')}${discovery}`
      forged.respond(url, (_request, response) => {
        sendJson(response, { ...forged.metadata, ...endpointsOf(forged.issuer) })
      })
      expect(await anAdapter({ issuer }).begin(transaction)).toMatchObject({ status: 'redirect' })
    },
  )

  it('is requested at the first visit only, once for parallel ones', async () => {
    const before = requestsTo(discovery)
    const adapter = anAdapter()
    expect(requestsTo(discovery)).toBe(before)
    const starts = Array.from({ length: 20 }, () => adapter.begin(transaction))
    for (const start of await Promise.all(starts)) expect(start.status).toBe('redirect')
    expect(requestsTo(discovery)).toBe(before + 1)
  })

  it('is requested again after an hour, and is used for a day if that fails', async () => {
    const adapter = anAdapter()
    await adapter.begin(transaction)
    const before = requestsTo(discovery)
    forged.respond(discovery, (_request, response) => response.writeHead(500).end())
    clock.advance(hour - 1)
    await adapter.begin(transaction)
    expect(requestsTo(discovery)).toBe(before)
    clock.advance(1)
    expect(await adapter.begin(transaction)).toMatchObject({ status: 'redirect' })
    expect(requestsTo(discovery)).toBe(before + 1)
    clock.advance(day)
    expect(await adapter.begin(transaction)).toEqual({ status: 'unavailable' })
  })

  it('is requested again with growing pauses after failures', async () => {
    forged.respond(discovery, (_request, response) => response.writeHead(500).end())
    const adapter = anAdapter()
    const attempts: number[] = []
    const start = clock.now()
    for (let n = 0; n < 200; n += 1) {
      const before = requestsTo(discovery)
      expect(await adapter.begin(transaction)).toEqual({ status: 'unavailable' })
      if (requestsTo(discovery) > before) attempts.push((clock.now() - start) / second)
      clock.advance(second)
    }
    expect(attempts).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183])
    forged.reset()
    clock.advance(minute)
    expect(await adapter.begin(transaction)).toMatchObject({ status: 'redirect' })
  })

  it('that never arrives makes it unavailable', async () => {
    forged.respond(discovery, (_request, response) => void response.writeHead(200).write(' '))
    const adapter = anAdapter({ timeout: 50 })
    expect(await adapter.begin(transaction)).toEqual({ status: 'unavailable' })
    expect(failures).toEqual([{ provider: 'oidc', reason: 'timeout' }])
  })

  it('is not requested by more connections than its provider may have', async () => {
    forged.respond(discovery, () => undefined)
    const fetchFrom = createProviderFetch(200)
    const { concurrency, maxQueued } = fetchLimits
    const request = { method: 'GET', headers: {} }
    const all = Array.from({ length: concurrency + maxQueued + 1 }, () =>
      fetchFrom(`${forged.issuer}${discovery}`, request).catch(({ reason }) => reason),
    )
    expect(await all.at(-1)).toBe('busy')
    expect(new Set(await Promise.all(all))).toEqual(new Set(['timeout', 'busy']))
  })
})

describe('the token endpoint of a provider', () => {
  it.each(responses.filter(([, reason]) => reason !== 'invalid-metadata'))(
    'that sends %s makes it unavailable or rejects the visit',
    async (_name, _reason, respond) => {
      forged.respond('/token', respond)
      const { status } = await signIn(anAdapter())
      expect(['unavailable', 'rejected']).toContain(status)
      expect(requestsTo('/elsewhere')).toBe(0)
    },
  )
})

describe('the keys of a provider', () => {
  it('are requested again when a token names a key that is new', async () => {
    const adapter = anAdapter()
    expect(await signIn(adapter)).toMatchObject({ status: 'authenticated' })
    forged.keys.splice(0, 1, await aForgedKey('key-2'))
    clock.advance(10 * second)
    expect(await signIn(adapter)).toMatchObject({ status: 'authenticated' })
  })

  it('are requested at most once in ten seconds for tokens that name unknown ones', async () => {
    const adapter = anAdapter()
    await signIn(adapter)
    forged.onToken(({ header }) => Object.assign(header, { kid: 'unknown' }))
    const before = requestsTo('/jwks')
    for (let n = 0; n < 5; n += 1) {
      expect(await signIn(adapter)).toEqual({ status: 'rejected', reason: 'key' })
    }
    expect(requestsTo('/jwks')).toBe(before)
    clock.advance(10 * second)
    for (let n = 0; n < 5; n += 1) await signIn(adapter)
    expect(requestsTo('/jwks')).toBe(before + 1)
  })

  it('no longer verify a token after they were withdrawn for an hour', async () => {
    const adapter = anAdapter()
    await signIn(adapter)
    const [withdrawn] = forged.keys
    forged.keys.splice(0, 1, await aForgedKey('key-2'))
    forged.onToken((draft) => {
      Object.assign(draft, { key: withdrawn?.keys.privateKey })
      Object.assign(draft.header, { kid: 'key-1' })
    })
    clock.advance(hour)
    forged.onToken((draft) => {
      const seconds = Math.floor(clock.now() / second)
      Object.assign(draft, { key: withdrawn?.keys.privateKey })
      Object.assign(draft.header, { kid: 'key-1' })
      Object.assign(draft.claims, { iat: seconds, exp: seconds + 60 })
    })
    expect(await signIn(adapter)).toEqual({ status: 'rejected', reason: 'key' })
  })

  it.each([
    [
      'HTML',
      'not-json',
      (_request, response) =>
        response.writeHead(200, { 'Content-Type': 'text/html' }).end('{"keys":[]}'),
    ],
    [
      'no set of keys',
      'invalid-keys',
      (_request, response) => sendJson(response, { keys: 'none' }),
    ],
  ] satisfies readonly (readonly [string, string, Respond])[])(
    'that are %s make it unavailable',
    async (_name, reason, respond) => {
      forged.respond('/jwks', respond)
      expect(await signIn(anAdapter())).toEqual({ status: 'unavailable' })
      expect(failures).toEqual([{ provider: 'oidc', reason }])
    },
  )
})
