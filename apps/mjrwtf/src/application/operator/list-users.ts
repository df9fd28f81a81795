import type { Instant } from '../../domain/time.ts'
import type { DirectoryUser, ListUsersRequest } from '../ports/user-repository.ts'
import type { OperatorDependencies } from './dependencies.ts'

export interface UserSummary extends DirectoryUser {
  /** Number of active sessions. */
  readonly sessionCount: number
  /** The last known activity, or `null` if there was none within a year. */
  readonly lastActiveAt: Instant | null
}

export interface UserList {
  /** Newest account first. */
  readonly users: readonly UserSummary[]
  readonly total: number
}

/** Lists one page of the users. The caller must check that the requester is the operator. */
export type ListUsers = (request: ListUsersRequest) => Promise<UserList>

export function createListUsers({
  userDirectory,
  sessions,
}: Pick<OperatorDependencies, 'userDirectory' | 'sessions'>): ListUsers {
  async function addSessionInfo(user: DirectoryUser): Promise<UserSummary> {
    const activeSessions = await sessions.list(user.id)
    const instants = activeSessions.map(({ lastActivityAt }) => lastActivityAt)
    const knownInstants =
      user.lastSignedInAt === null ? instants : [...instants, user.lastSignedInAt]
    const lastActiveAt = knownInstants.length === 0 ? null : Math.max(...knownInstants)
    return { ...user, sessionCount: activeSessions.length, lastActiveAt }
  }

  return async function listUsers(request) {
    const page = await userDirectory.list(request)
    return { users: await Promise.all(page.users.map(addSessionInfo)), total: page.total }
  }
}
