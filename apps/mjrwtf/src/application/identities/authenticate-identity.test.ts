import { createFakeClock } from 'coatcheck/testing'
import { expect, it } from 'vitest'
import type { User } from '../../domain/user.ts'
import type { ProviderProfile } from '../ports/providers.ts'
import { createAuthenticateIdentity } from './authenticate-identity.ts'

const user: User = {
  ...{ id: 'ann', email: 'ann@example.com', createdAt: 0, isOperator: false, hasPassword: false },
  ...{ passwordVersion: 0, passwordResets: 0, secondFactors: 0 },
  ...{ passwordChangedBySession: null, passwordChangedAt: null },
}

const profile: ProviderProfile = {
  ...{ provider: 'oidc', issuer: 'https://id.test', subject: 'subject', sid: null },
  ...{ email: null, emailVerified: false, authenticatedAt: null, acr: null, amr: [] },
}

function notCalled(): never {
  throw new Error('An authentication changes no identity.')
}

const unused = {
  list: async () => notCalled(),
  add: async () => notCalled(),
  addUser: async () => notCalled(),
  remove: async () => notCalled(),
}

it('counts a sign-in with an identity in the limit of sign-ins of its user', async () => {
  const throttled = { status: 'throttled', retryAfterSeconds: 60 } as const
  const counted: string[] = []
  const authenticate = createAuthenticateIdentity({
    identities: { ...unused, use: async () => 'ann' },
    users: {
      find: async () => user,
      findByEmail: async () => null,
      isSuspended: async () => false,
    },
    providers: { list: () => [], find: () => null },
    limits: {
      async correctSignIn({ id }) {
        counted.push(id)
        return counted.length > 1 ? throttled : null
      },
      signUp: async () => throttled,
      signUpByInvite: async () => throttled,
    },
    clock: createFakeClock(1_000),
  })
  expect(await authenticate({ profile, devices: [] })).toMatchObject({ status: 'authenticated' })
  expect(await authenticate({ profile, devices: [] })).toEqual(throttled)
  expect(counted).toEqual(['ann', 'ann'])
})
