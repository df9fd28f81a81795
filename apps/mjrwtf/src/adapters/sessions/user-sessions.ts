import { isSessionError, type SessionId, type Sessions } from 'coatcheck'
import type { Grants } from 'coatcheck/grants'
import type {
  FindSessionCredentials,
  PendingSignIns,
  StaleSessions,
  StepUp,
  UserSessions,
} from '../../application/ports/user-sessions.ts'

/** Where all sessions of a user end, so do the grants of client applications: none is a way back in. */
type UserGrants = Pick<Grants, 'revokeAllForUser'>

/** Lists and ends the sessions of users. */
export function createUserSessions<Data>(
  sessions: Pick<Sessions<Data>, 'listForUser' | 'revoke' | 'revokeAllForUser'>,
  grants: UserGrants,
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
      const ended = sessions.revokeAllForUser(userId, { ...endedBy(userId), except })
      return countSessions(ended, grants.revokeAllForUser(userId, endedBy(userId)))
    },
    async endAllByOperator(operatorId, { userId, except }) {
      const ending = { reason: 'ended-by-operator', by: operatorId } as const
      const ended = sessions.revokeAllForUser(userId, { ...ending, except })
      return countSessions(ended, grants.revokeAllForUser(userId, ending))
    },
    async endAllAtShell(userId, reason) {
      const ending = { reason, by: shellOperator } as const
      const ended = sessions.revokeAllForUser(userId, ending)
      return countSessions(ended, grants.revokeAllForUser(userId, ending))
    },
    async endAtShell(userId, id) {
      if (!isSessionId(id)) return false
      const ending = { reason: 'ended-by-operator', by: shellOperator } as const
      return (await sessions.revoke(userId, id, ending)) !== null
    },
  }
}

/** Each is tried even if the other fails. */
async function countSessions(
  sessions: Promise<readonly unknown[]>,
  grants: Promise<unknown>,
): Promise<number> {
  const [ended, endedGrants] = await Promise.allSettled([sessions, grants])
  if (ended.status === 'rejected') throw ended.reason
  if (endedGrants.status === 'rejected') throw endedGrants.reason
  return ended.value.length
}

/** Who ended it: no user has this id. */
const shellOperator = 'operator-at-shell'

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

/** Ends sessions and grants from before a password change. */
export function createStaleSessions<Data>(
  sessions: Pick<Sessions<Data>, 'revoke' | 'revokeAllForUser'>,
  grants: UserGrants,
): StaleSessions {
  return {
    async end(userId, sessionId) {
      await sessions.revoke(userId, sessionId, passwordChanged(userId))
    },
    async endOthers(userId, except) {
      const ended = sessions.revokeAllForUser(userId, { ...passwordChanged(userId), except })
      await countSessions(ended, grants.revokeAllForUser(userId, passwordChanged(userId)))
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
