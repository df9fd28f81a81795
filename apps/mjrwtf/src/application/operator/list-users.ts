import type { Instant } from '../../domain/time.ts'
import type { DirectoryUser, ListUsersRequest, UserDirectory } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'

export interface UserSummary extends DirectoryUser {
  /** How many sessions are live. */
  readonly sessionCount: number
  /** When the account was last used, as far as is known; `null` when it was not within a year. */
  readonly lastActiveAt: Instant | null
}

export interface UserList {
  /** Newest account first. */
  readonly users: readonly UserSummary[]
  readonly total: number
}

/** One page of who has an account. For the operator alone: ask who is looking first. */
export type ListUsers = (request: ListUsersRequest) => Promise<UserList>

export interface ListUsersPorts {
  readonly userDirectory: UserDirectory
  readonly sessions: Pick<UserSessions, 'list'>
}

export function createListUsers({ userDirectory, sessions }: ListUsersPorts): ListUsers {
  async function addSessionInfo(user: DirectoryUser): Promise<UserSummary> {
    const liveSessions = await sessions.list(user.id)
    const instants = liveSessions.map(({ lastActivityAt }) => lastActivityAt)
    const knownInstants =
      user.lastSignedInAt === null ? instants : [...instants, user.lastSignedInAt]
    const lastActiveAt = knownInstants.length === 0 ? null : Math.max(...knownInstants)
    return { ...user, sessionCount: liveSessions.length, lastActiveAt }
  }

  return async function listUsers(request) {
    const page = await userDirectory.list(request)
    return { users: await Promise.all(page.users.map(addSessionInfo)), total: page.total }
  }
}
