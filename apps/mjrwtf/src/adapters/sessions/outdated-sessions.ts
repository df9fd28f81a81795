import type { SessionId, Sessions } from 'coatcheck'
import type { OutdatedSessions } from '../../application/ports/outdated-sessions.ts'

/** Asks the session library to end what a change of the password has left behind. */
export function createOutdatedSessions<Data>(
  sessions: Pick<Sessions<Data>, 'revoke' | 'revokeAllForUser'>,
): OutdatedSessions {
  return {
    async end(userId, sessionId) {
      await sessions.revoke(toSessionId(sessionId), passwordChanged(userId))
    },
    async endOthers(userId, except) {
      const kept = { except: except === null ? null : toSessionId(except) }
      await sessions.revokeAllForUser(userId, { ...passwordChanged(userId), ...kept })
    },
  }
}

function passwordChanged(userId: string) {
  return { reason: 'password-changed', by: userId } as const
}

/** The app's rooms know ids as text; these have come from a session, or they name none. */
function toSessionId(text: string): SessionId {
  return text as SessionId
}
