import { isSessionError, type SessionId, type Sessions } from 'coatcheck'
import type {
  FindSessionCredentials,
  PendingSignIns,
  StaleSessions,
  StepUp,
  UserSessions,
} from '../../application/ports/user-sessions.ts'

/** Lists and ends the sessions of users. */
export function createUserSessions<Data>(
  sessions: Pick<Sessions<Data>, 'listForUser' | 'revoke' | 'revokeAllForUser'>,
): UserSessions {
  return {
    list: (userId) => sessions.listForUser(userId),
    async end(userId, id) {
      // A visitor may send any text, even a token, which the library reports as a mistake of ours.
      if (!isSessionId(id)) return false
      return (await sessions.revoke(userId, id, endedBy(userId))) !== null
    },
    async endByProvider(userId, id) {
      if (!isSessionId(id)) return false
      const ending = { reason: 'provider-logout', by: userId }
      return (await sessions.revoke(userId, id, ending)) !== null
    },
    async endAll(userId, except) {
      return (await sessions.revokeAllForUser(userId, { ...endedBy(userId), except })).length
    },
    async endAllByOperator(operatorId, { userId, except }) {
      const ending = { reason: 'ended-by-operator', by: operatorId } as const
      return (await sessions.revokeAllForUser(userId, { ...ending, except })).length
    },
  }
}

function endedBy(userId: string) {
  return { reason: 'ended-by-user', by: userId } as const
}

/** `readVersion`: the version of the password that the data of a session has. */
export function createFindSessionCredentials<Data>(
  sessions: Pick<Sessions<Data>, 'listForUser'>,
  readVersion: (data: Data) => number,
): FindSessionCredentials {
  return async function findSessionCredentials(userId, sessionId) {
    const active = await sessions.listForUser(userId)
    const session = active.find(({ id }) => id === sessionId)
    return session === undefined ? null : { sessionId, passwordVersion: readVersion(session.data) }
  }
}

/** Ends sessions from before a password change. */
export function createStaleSessions<Data>(
  sessions: Pick<Sessions<Data>, 'revoke' | 'revokeAllForUser'>,
): StaleSessions {
  return {
    async end(userId, sessionId) {
      await sessions.revoke(userId, sessionId, passwordChanged(userId))
    },
    async endOthers(userId, except) {
      await sessions.revokeAllForUser(userId, { ...passwordChanged(userId), except })
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
  async function requireStepUp(id: string, at: number): Promise<void> {
    try {
      await sessions.requireStepUp(id, at)
    } catch (error) {
      if (!(isSessionError(error) && error.code === 'corrupt-record')) throw error
    }
  }

  return {
    async require(sessionId, at) {
      await requireStepUp(sessionId, at)
    },
    async requireAll(userId, at) {
      const live = await sessions.listForUser(userId)
      await Promise.all(live.map(({ id }) => requireStepUp(id, at)))
    },
  }
}

export function createPendingSignIns<Data>({
  pendingSignIns,
}: Pick<Sessions<Data>, 'pendingSignIns'>): PendingSignIns {
  return {
    async endForUser(userId) {
      await pendingSignIns.endForUser(userId)
    },
  }
}

/** Whether a text has the format of a session id. Only such texts are looked up. */
export function isSessionId(text: string): text is SessionId {
  return /^[A-Za-z0-9_-]{22}$/.test(text)
}
