import { expect, it } from 'vitest'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { createIsConsentValid } from './consent-validity.ts'

interface Situation {
  readonly hasSession?: boolean
  readonly found?: Awaited<ReturnType<Accounts['findSessionUser']>>
}

function check({ hasSession = true, found }: Situation): Promise<boolean> {
  const isConsentValid = createIsConsentValid({
    findSessionCredentials: async (_userId, sessionId) =>
      hasSession ? { sessionId, passwordVersion: 0 } : null,
    findSessionUser: async () => found ?? { status: 'found', user: aNewUser(0) },
  })
  return isConsentValid({ userId: 'user', sessionId: 'session', createdAt: 1 })
}

it('a consent is valid while its session acts for the account', async () => {
  expect(await check({})).toBe(true)
})

it.each<readonly [string, Situation]>([
  ['its session has ended', { hasSession: false }],
  [
    'the password has changed, and its session could not be ended',
    { found: { status: 'password-changed' } },
  ],
  ['the account was deleted', { found: { status: 'deleted' } }],
])('a consent is void once %s', async (_what, situation) => {
  expect(await check(situation)).toBe(false)
})
