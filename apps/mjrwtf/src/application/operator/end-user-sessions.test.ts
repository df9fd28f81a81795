import { expect, it } from 'vitest'
import type { User } from '../../domain/user.ts'
import { createEndAllUsersSessions } from './end-user-sessions.ts'

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

it('endAllUsersSessions: lets other requests run after each account', async () => {
  const calls: string[] = []
  const endAllUsersSessions = createEndAllUsersSessions({
    users: { find: async () => null },
    userDirectory: { ids: async (after) => (after === null ? ['a', 'b'] : []) },
    trustedBrowsers: { endAll: async () => 0 },
    sessions: {
      async endAllByOperator(_, { userId }) {
        calls.push(userId)
        return 1
      },
    },
    async yieldToRequests() {
      calls.push('yield')
    },
  })
  const ended = await endAllUsersSessions({ operator, sessionId: null })
  expect(ended).toHaveLength(2)
  expect(calls).toEqual(['a', 'yield', 'b', 'yield'])
})
