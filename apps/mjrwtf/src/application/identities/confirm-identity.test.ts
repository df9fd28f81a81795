import { createFakeClock } from 'coatcheck/testing'
import { describe, expect, it } from 'vitest'
import type { Identity } from '../../domain/identity.ts'
import type { User } from '../../domain/user.ts'
import type { ProviderProfile, SignInProvider } from '../ports/providers.ts'
import { createIdentityConfirmations } from './confirm-identity.ts'

const clock = createFakeClock(1_000_000)
const key = { issuer: 'https://id.test', subject: 'subject' }

const identity: Identity = {
  ...{ id: 'identity', userId: 'ann', provider: 'oidc', email: null, createdAt: 0 },
  ...key,
  lastUsedAt: null,
}

const user: User = {
  ...{ id: 'ann', email: 'ann@example.com', createdAt: 0, isOperator: false, hasPassword: false },
  ...{ passwordVersion: 0, passwordResets: 0, secondFactors: 0 },
  ...{ passwordChangedBySession: null, passwordChangedAt: 0 },
}

const profile: ProviderProfile = {
  ...{ ...key, provider: 'oidc', email: null, emailVerified: false, sid: null, acr: null, amr: [] },
  authenticatedAt: clock.now(),
}

function confirmationsAt(issuer: string) {
  const provider: SignInProvider = {
    ...{ id: 'oidc', issuer, name: 'Example ID', trustsMfa: false, confirmsAuthentication: true },
    logout: null,
    begin: async () => ({ status: 'unavailable' }),
    complete: async () => ({ status: 'unavailable' }),
  }
  const providers = { list: () => [provider], find: () => provider }
  const identities = { list: async () => [identity] }
  return createIdentityConfirmations({ identities, providers, clock })
}

describe('a confirmation at a provider', () => {
  it('is refused with an identity of another issuer or subject', async () => {
    const { confirm } = confirmationsAt(key.issuer)
    const confirmWith = (changes: Partial<ProviderProfile>) =>
      confirm({ user, profile: { ...profile, ...changes }, startedAt: clock.now() })
    expect(await confirmWith({})).toMatchObject({ status: 'confirmed' })
    const refused = { status: 'refused', reason: 'other-identity' }
    for (const issuer of ['https://other.test', `${key.issuer}/`, 'https://ID.test']) {
      expect(await confirmWith({ issuer })).toEqual(refused)
    }
    for (const subject of ['Subject', ' subject', 'subject ', 'other']) {
      expect(await confirmWith({ subject })).toEqual(refused)
    }
  })

  it('is offered at the issuer of an identity only, not after the issuer was changed', async () => {
    expect(await confirmationsAt(key.issuer).providersOf(user)).toHaveLength(1)
    expect(await confirmationsAt('https://other.test').providersOf(user)).toEqual([])
  })
})
