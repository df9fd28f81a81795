import type { Sessions } from 'coatcheck'
import type { UserSessions } from '../../application/ports/user-sessions.ts'
import { isSessionId, toSessionId } from './session-id.ts'

/** Asks the session library about the sessions of users. */
export function createUserSessions<Data>(
  sessions: Pick<Sessions<Data>, 'listForUser' | 'revokeOwn' | 'revokeAllForUser'>,
): UserSessions {
  return {
    list: (userId) => sessions.listForUser(userId),
    async end(userId, id) {
      if (!isSessionId(id)) return false
      return (await sessions.revokeOwn(userId, id, endedBy(userId))) !== null
    },
    async endAll(userId, except) {
      const options = { except: toSessionId(except) }
      return (await sessions.revokeAllForUser(userId, { ...endedBy(userId), ...options })).length
    },
    async endAllByOperator(operatorId, { userId, except }) {
      const ending = { reason: 'ended-by-operator', by: operatorId } as const
      const options = { except: toSessionId(except) }
      return (await sessions.revokeAllForUser(userId, { ...ending, ...options })).length
    },
  }
}

function endedBy(userId: string) {
  return { reason: 'ended-by-user', by: userId } as const
}
