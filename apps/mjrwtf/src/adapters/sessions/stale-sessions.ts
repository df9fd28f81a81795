import type { Sessions } from 'coatcheck'
import type { StaleSessions } from '../../application/ports/user-sessions.ts'
import { isSessionId, toSessionId } from './session-id.ts'

/** Asks the session library to end what a change of the password has left behind. */
export function createStaleSessions<Data>(
  sessions: Pick<Sessions<Data>, 'revoke' | 'revokeAllForUser'>,
): StaleSessions {
  return {
    async end(userId, sessionId) {
      if (isSessionId(sessionId)) await sessions.revoke(sessionId, passwordChanged(userId))
    },
    async endOthers(userId, except) {
      const options = { except: toSessionId(except) }
      await sessions.revokeAllForUser(userId, { ...passwordChanged(userId), ...options })
    },
  }
}

function passwordChanged(userId: string) {
  return { reason: 'password-changed', by: userId } as const
}
