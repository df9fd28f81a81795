import type { Sessions } from 'coatcheck'
import type { OutdatedSessions } from '../../application/ports/outdated-sessions.ts'
import { isSessionId, toSessionId } from './session-id.ts'

/** Asks the session library to end what a change of the password has left behind. */
export function createOutdatedSessions<Data>(
  sessions: Pick<Sessions<Data>, 'revoke' | 'revokeAllForUser'>,
): OutdatedSessions {
  return {
    async end(userId, sessionId) {
      if (isSessionId(sessionId)) await sessions.revoke(sessionId, passwordChanged(userId))
    },
    async endOthers(userId, except) {
      const kept = { except: toSessionId(except) }
      await sessions.revokeAllForUser(userId, { ...passwordChanged(userId), ...kept })
    },
  }
}

function passwordChanged(userId: string) {
  return { reason: 'password-changed', by: userId } as const
}
