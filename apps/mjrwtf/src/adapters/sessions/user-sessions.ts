import { isSessionError, type SessionId, type Sessions } from 'coatcheck'
import type { StaleSessions, StepUp, UserSessions } from '../../application/ports/user-sessions.ts'

/** Lists and ends the sessions of users. */
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

/** Ends sessions from before a password change. */
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

/** Marks sessions as needing step-up. */
export function createStepUp<Data>(
  sessions: Pick<Sessions<Data>, 'requireStepUp' | 'listForUser'>,
): StepUp {
  /** Ignores a corrupt record: it does not authenticate, so it needs no step-up. */
  async function requireStepUp(id: SessionId, at: number): Promise<void> {
    try {
      await sessions.requireStepUp(id, at)
    } catch (error) {
      if (!(isSessionError(error) && error.code === 'corrupt-record')) throw error
    }
  }

  return {
    async require(sessionId, at) {
      if (isSessionId(sessionId)) await requireStepUp(sessionId, at)
    },
    async requireAll(userId, at) {
      const live = await sessions.listForUser(userId)
      await Promise.all(live.map(({ id }) => requireStepUp(id, at)))
    },
  }
}

/** Whether a text has the format of a session id. Only such texts are looked up. */
export function isSessionId(text: string): text is SessionId {
  return /^[A-Za-z0-9_-]{22}$/.test(text)
}

/** Converts the app's text to a session id; `null` if it is none. */
export function toSessionId(text: string | null): SessionId | null {
  return text !== null && isSessionId(text) ? text : null
}
