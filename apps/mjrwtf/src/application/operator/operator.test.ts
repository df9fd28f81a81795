import { createFakeClock } from 'coatcheck/testing'
import { expect, it } from 'vitest'
import { nodeSecrets } from '../../adapters/crypto/secrets.ts'
import type { SignUpMode, User } from '../../domain/user.ts'
import { createOperator } from './operator.ts'

const operator: User = {
  id: 'operator',
  email: 'ann@users.test',
  isOperator: true,
  createdAt: 0,
  hasPassword: true,
  passwordVersion: 0,
  passwordChangedBySession: null,
  passwordChangedAt: null,
  passwordResets: 0,
  secondFactors: 0,
}

function createInviteIn(signUpMode: SignUpMode) {
  const { createInvite } = createOperator({
    sendMail: () => {},
    userDirectory: {
      list: async () => ({ users: [], hasMore: false }),
      findByEmail: async () => null,
      find: async () => null,
      search: async () => [],
      ids: async () => [],
    },
    users: { find: async () => null },
    invites: { add: async () => {}, listPending: async () => [], revoke: async () => false },
    sessions: {
      list: async () => [],
      endAllByOperator: async () => 0,
    },
    trustedBrowsers: { endAll: async () => 0 },
    limits: { invite: async () => null },
    secrets: nodeSecrets,
    yieldToRequests: async () => {},
    clock: createFakeClock(),
    signUpMode,
  })
  return createInvite
}

it('creates an invite for the operator if sign-up is by invite', async () => {
  expect(await createInviteIn('invite')(operator)).toMatchObject({ status: 'created' })
})

it('rejects users who are not the operator', async () => {
  const user = { ...operator, isOperator: false }
  expect(await createInviteIn('invite')(user)).toEqual({ status: 'not-allowed' })
})

it.each(['open', 'closed'] as const)('rejects the operator if sign-up is %s', async (mode) => {
  expect(await createInviteIn(mode)(operator)).toEqual({ status: 'not-allowed' })
})
