import { systemClock } from 'coatcheck'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type FakeOAuthServer,
  oauthClient,
  startFakeDiscord,
  startFakeGitHub,
} from '../../../test/support/fake-oauth-servers.ts'
import type { SignInProvider } from '../../application/ports/providers.ts'
import { createProviders } from './create-providers.ts'
import type { ProviderFailure } from './provider-adapter.ts'

const kinds = ['github', 'discord'] as const
type Kind = (typeof kinds)[number]

let fake: FakeOAuthServer
let failures: ProviderFailure[]

async function open(kind: Kind): Promise<SignInProvider> {
  fake = await (kind === 'github' ? startFakeGitHub() : startFakeDiscord())
  const clients = { google: null, github: null, discord: null, oidc: null, [kind]: oauthClient }
  const endpoints = { github: { site: fake.origin, api: fake.origin }, discord: fake.origin }
  const onFailure = (failure: ProviderFailure) => failures.push(failure)
  const [adapter] = createProviders(clients, { endpoints, clock: systemClock, onFailure }).list()
  if (adapter === undefined) throw new Error('No provider was created.')
  return adapter
}

beforeEach(() => {
  failures = []
})

afterEach(() => fake[Symbol.asyncDispose]())

function aTransaction(kind: Kind) {
  const redirectUri = `https://mjr.test/login/${kind}/callback`
  const secrets = { state: 'state-of-this-visit', nonce: 'nonce', codeVerifier: 'v'.repeat(43) }
  return { ...secrets, redirectUri, maxAge: null }
}

async function begin(adapter: SignInProvider, kind: Kind): Promise<string> {
  const redirect = await adapter.begin(aTransaction(kind))
  if (redirect.status !== 'redirect') throw new Error('The provider is not available.')
  return redirect.url
}

function complete(adapter: SignInProvider, kind: Kind, callback: string) {
  return adapter.complete(new URL(callback, 'https://mjr.test'), aTransaction(kind))
}

async function signIn(adapter: SignInProvider, kind: Kind) {
  return complete(adapter, kind, fake.authorize(await begin(adapter, kind)))
}

const unknown = { sid: null, authenticatedAt: null, acr: null, amr: [] }

describe('GitHub', () => {
  it('identifies a user by the numeric id, with the primary email', async () => {
    const adapter = await open('github')
    expect(await signIn(adapter, 'github')).toEqual({
      status: 'authenticated',
      profile: {
        provider: 'github',
        issuer: fake.origin,
        subject: '583231',
        email: 'octocat@users.test',
        emailVerified: true,
        ...unknown,
      },
    })
  })

  it.each([
    [
      'is not verified',
      [{ email: 'a@users.test', primary: true, verified: false }],
      'a@users.test',
    ],
    ['is not the primary one', [{ email: 'a@users.test', primary: false, verified: true }], null],
    ['is missing', [], null],
  ])('shares no verified email if it %s', async (_name, emails, email) => {
    const adapter = await open('github')
    fake.emails = emails
    const outcome = await signIn(adapter, 'github')
    expect(outcome).toMatchObject({ profile: { email, emailVerified: false } })
  })

  it.each([
    ['a user without id', { login: 'octocat' }],
    ['an id as text', { id: '583231' }],
    ['an id of 0', { id: 0 }],
    ['an id that is not exact', { id: 2 ** 60 }],
    ['a list', []],
  ])('is not available if its API sends %s', async (_name, user) => {
    const adapter = await open('github')
    fake.user = user
    expect(await signIn(adapter, 'github')).toEqual({ status: 'unavailable' })
    expect(failures).toEqual([{ provider: 'github', reason: 'invalid-response' }])
  })

  it('is not available if it rejects the client secret, with status 200', async () => {
    const adapter = await open('github')
    fake.tokenResponse = { status: 200, body: { error: 'incorrect_client_credentials' } }
    expect(await signIn(adapter, 'github')).toEqual({ status: 'unavailable' })
    expect(failures).toEqual([{ provider: 'github', reason: 'client-rejected' }])
  })
})

describe('Discord', () => {
  it('identifies a user by the id, with the email', async () => {
    const adapter = await open('discord')
    expect(await signIn(adapter, 'discord')).toEqual({
      status: 'authenticated',
      profile: {
        provider: 'discord',
        issuer: fake.origin,
        subject: '80351110224678912',
        email: 'nelly@users.test',
        emailVerified: true,
        ...unknown,
      },
    })
  })

  it.each([
    ['is not verified', { email: 'a@users.test', verified: false }, 'a@users.test'],
    ['is null', { email: null, verified: true }, null],
    ['is missing', {}, null],
  ])('shares no verified email if it %s', async (_name, user, email) => {
    const adapter = await open('discord')
    fake.user = { id: '1', ...user }
    const outcome = await signIn(adapter, 'discord')
    expect(outcome).toMatchObject({ profile: { email, emailVerified: false } })
  })

  it.each([
    ['a number', { id: 1 }],
    ['a name', { id: 'nelly' }],
    ['missing', {}],
  ])('is not available if the id of a user is %s', async (_name, user) => {
    const adapter = await open('discord')
    fake.user = user
    expect(await signIn(adapter, 'discord')).toEqual({ status: 'unavailable' })
  })
})

describe.each(kinds)('a callback of %s', (kind) => {
  it('is rejected if its code was used before', async () => {
    const adapter = await open(kind)
    const callback = fake.authorize(await begin(adapter, kind))
    expect(await complete(adapter, kind, callback)).toMatchObject({ status: 'authenticated' })
    const outcome = { status: 'rejected', reason: 'code-rejected' }
    expect(await complete(adapter, kind, callback)).toEqual(outcome)
    expect(failures).toEqual([])
  })

  it('is rejected if its code belongs to a visit with another verifier', async () => {
    const adapter = await open(kind)
    const callback = fake.authorize(await begin(adapter, kind))
    const transaction = { ...aTransaction(kind), codeVerifier: 'w'.repeat(43) }
    const outcome = await adapter.complete(new URL(callback, 'https://mjr.test'), transaction)
    expect(outcome).toEqual({ status: 'rejected', reason: 'code-rejected' })
  })

  it('is rejected with another state, before the code is sent', async () => {
    const adapter = await open(kind)
    const callback = fake.authorize(await begin(adapter, kind)).replace('state=', 'state=x')
    const outcome = await complete(adapter, kind, callback)
    expect(outcome).toEqual({ status: 'rejected', reason: 'response' })
    expect(fake.requests).toEqual([])
  })

  it('is rejected with the issuer of another provider', async () => {
    const adapter = await open(kind)
    const callback = `${fake.authorize(await begin(adapter, kind))}&iss=https://other.test`
    expect(await complete(adapter, kind, callback)).toMatchObject({ status: 'rejected' })
    expect(fake.requests).toEqual([])
  })

  it('is canceled if the user denies access', async () => {
    const adapter = await open(kind)
    const callback = fake.authorize(await begin(adapter, kind), 'deny')
    expect(await complete(adapter, kind, callback)).toEqual({ status: 'canceled' })
  })

  it.each([401, 403, 404, 500, 503])('does not sign in if the API answers %i', async (status) => {
    const adapter = await open(kind)
    fake.apiStatus = status
    expect(await signIn(adapter, kind)).toEqual({ status: 'unavailable' })
    expect(failures).toEqual([{ provider: kind, reason: 'error-status' }])
  })

  it('does not sign in without an access token', async () => {
    const adapter = await open(kind)
    fake.tokenResponse = { status: 200, body: { token_type: 'bearer', scope: '' } }
    expect(await signIn(adapter, kind)).toMatchObject({ status: 'rejected' })
  })
})
