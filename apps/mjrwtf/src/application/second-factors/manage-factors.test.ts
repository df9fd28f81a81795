import { expect, it } from 'vitest'
import type { User } from '../../domain/user.ts'
import type { SignInProvider } from '../ports/providers.ts'
import { createManageFactors } from './manage-factors.ts'

const factor = { kind: 'passkey', id: 'key' } as const
const client = { sessionId: 's', ipAddress: null, userAgent: null }
const user: User = {
  id: 'ann',
  email: 'ann@example.com',
  createdAt: 0,
  isOperator: false,
  hasPassword: true,
  passwordVersion: 0,
  passwordChangedBySession: null,
  passwordChangedAt: null,
  passwordResets: 0,
  secondFactors: 1,
}

const github: SignInProvider = {
  id: 'github',
  issuer: 'https://github.com',
  name: 'GitHub',
  trustsMfa: false,
  confirmsAuthentication: false,
  logout: null,
  begin: async () => ({ status: 'unavailable' }),
  complete: async () => ({ status: 'unavailable' }),
}

function setUp(result: 'removed' | 'last-factor', policy: 'off' | 'everyone' = 'off') {
  const calls: unknown[] = []
  const factors = createManageFactors({
    factors: {
      list: async () => ({
        factors: [{ ...factor, name: 'Laptop', createdAt: 1, lastUsedAt: null }],
        suspendedPasskeys: 0,
        unusedRecoveryCodes: 0,
      }),
      async remove(userId, reference, conditions) {
        calls.push([userId, reference, conditions])
        return result
      },
      rename: async (_, { id }) => id === factor.id,
      removeAll: async () => 0,
    },
    reportFactorChange: async ({ event, name }) => void calls.push([event, name]),
    secondFactorPolicy: policy,
    providers: { list: () => [github] },
  })
  return { calls, factors }
}

it('reports the removal of a factor with its name', async () => {
  const { calls, factors } = setUp('removed')
  expect(await factors.remove({ user, factor, ...client })).toBe('removed')
  expect(calls).toEqual([
    ['ann', factor, { mustKeepOne: false, issuers: ['https://github.com'] }],
    ['second-factor-removed', 'Laptop'],
  ])
})

it('keeps the last factor where one is required, and reports nothing', async () => {
  const { calls, factors } = setUp('last-factor', 'everyone')
  expect(await factors.remove({ user, factor, ...client })).toBe('last-factor')
  expect(calls).toEqual([['ann', factor, { mustKeepOne: true, issuers: ['https://github.com'] }]])
})

it('reports a new name only for a factor of the user', async () => {
  const { calls, factors } = setUp('removed')
  const rename = (id: string, name: string) =>
    factors.rename({ user, factor: { kind: 'passkey', id }, name, ...client })
  expect(await rename('other', 'Work')).toEqual({ status: 'missing' })
  expect(await rename('key', ' ')).toMatchObject({ status: 'invalid' })
  expect(await rename('key', ' Work ')).toEqual({ status: 'renamed' })
  expect(calls).toEqual([['second-factor-renamed', 'Work']])
})
