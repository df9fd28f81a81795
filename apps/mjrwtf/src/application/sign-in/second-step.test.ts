import { describe, expect, it } from 'vitest'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { SecondFactor, SecondFactorKind } from '../../domain/second-factor.ts'
import { createListSecondStepMethods } from './second-step.ts'

function aFactor(kind: SecondFactorKind): SecondFactor {
  return { kind, id: kind, name: kind, createdAt: 0, lastUsedAt: null }
}

const check = async () => ({ status: 'wrong' }) as const
const listSecondStepMethods = createListSecondStepMethods({
  factors: {
    list: async () => ({
      factors: [aFactor('passkey'), aFactor('authenticator')],
      unusedRecoveryCodes: 1,
      suspendedPasskeys: 0,
    }),
  },
  codeChecks: { authenticator: check, 'recovery-code': check },
})

const user = aNewUser(0)
const withoutPassword = { ...user, hasPassword: false }

describe('listSecondStepMethods', () => {
  it.each([
    ['a password', { used: ['pwd'], user }, ['passkey', 'authenticator', 'recovery-code']],
    ['a provider', { used: ['fed'], user }, ['passkey', 'authenticator', 'recovery-code']],
    ['a key that has not verified the user', { used: ['swk'], user }, ['password']],
    ['the same, without a password', { used: ['swk'], user: withoutPassword }, []],
    ['nothing, without a password', { used: [], user: withoutPassword }, ['passkey']],
  ] as const)('after %s', async (_name, request, expected) => {
    expect(await listSecondStepMethods(request)).toEqual(expected)
  })
})
