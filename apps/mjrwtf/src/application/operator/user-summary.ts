import type { Instant } from '../../domain/time.ts'
import type { DirectoryUser } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'

export interface UserSummary extends DirectoryUser {
  /** Number of active sessions. */
  readonly sessionCount: number
  /** The last known activity, or `null` if there was none within a year. */
  readonly lastActiveAt: Instant | null
}

/** Adds what is known from the sessions of the user. */
export function createSummarizeUser({
  sessions,
}: {
  readonly sessions: Pick<UserSessions, 'list'>
}): (user: DirectoryUser) => Promise<UserSummary> {
  return async function summarizeUser(user) {
    const activeSessions = await sessions.list(user.id)
    const instants = activeSessions.map(({ lastActivityAt }) => lastActivityAt)
    const knownInstants =
      user.lastSignedInAt === null ? instants : [...instants, user.lastSignedInAt]
    const lastActiveAt = knownInstants.length === 0 ? null : Math.max(...knownInstants)
    return { ...user, sessionCount: activeSessions.length, lastActiveAt }
  }
}
