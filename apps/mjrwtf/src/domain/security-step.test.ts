import { expect, it } from 'vitest'
import { type AccountProtection, nextSecuritySteps } from './security-step.ts'

const protectedAccount: AccountProtection = {
  isFactorRequired: false,
  factors: ['passkey'],
  suspendedPasskeys: 0,
  unusedRecoveryCodes: 10,
  isEmailVerified: true,
  isEmailEnabled: true,
}

it('names no step for an account with a second factor, recovery codes and a verified email', () => {
  expect(nextSecuritySteps(protectedAccount)).toEqual([])
})

it.each<readonly [string, Partial<AccountProtection>]>([
  ['set-up-required-factor', { factors: [], isFactorRequired: true }],
  ['set-up-factor', { factors: [], unusedRecoveryCodes: 0 }],
  ['review-passkey', { suspendedPasskeys: 1 }],
  ['create-recovery-codes', { unusedRecoveryCodes: 0 }],
  ['renew-recovery-codes', { unusedRecoveryCodes: 3 }],
  ['replace-phone', { factors: ['phone'] }],
  ['verify-email', { isEmailVerified: false }],
])('names the step %s alone where it is the only one', (step, change) => {
  expect(nextSecuritySteps({ ...protectedAccount, ...change })).toEqual([step])
})

it('names the steps in the order of their importance', () => {
  const account = {
    isFactorRequired: true,
    factors: [],
    suspendedPasskeys: 1,
    unusedRecoveryCodes: 0,
    isEmailVerified: false,
    isEmailEnabled: true,
  }
  expect(nextSecuritySteps(account)).toEqual([
    'set-up-required-factor',
    'review-passkey',
    'verify-email',
  ])
})

it('does not ask to verify an email where the server sends none', () => {
  const account = { ...protectedAccount, isEmailVerified: false, isEmailEnabled: false }
  expect(nextSecuritySteps(account)).toEqual([])
})
