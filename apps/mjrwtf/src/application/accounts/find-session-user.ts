import { isStale, type SessionCredentials, type User, type UserId } from '../../domain/user.ts'
import type { AccountsDependencies } from './dependencies.ts'

export interface SessionReference extends SessionCredentials {
  readonly userId: UserId
}

export type FindSessionUserResult =
  | { readonly status: 'found'; readonly user: User }
  | { readonly status: 'deleted' }
  | { readonly status: 'suspended' }
  /** The password was changed in another session. This session has been ended. */
  | { readonly status: 'password-changed' }

/**
 * Returns the user of a session from the database, on every request: a deleted or suspended account, and a session from
 * before a password change, lose access immediately (ASVS 5.0 V7.4.2).
 */
export type FindSessionUser = (session: SessionReference) => Promise<FindSessionUserResult>

export function createFindSessionUser({
  users,
  staleSessions,
}: Pick<AccountsDependencies, 'users' | 'staleSessions'>): FindSessionUser {
  return async function findSessionUser(session) {
    const user = await users.find(session.userId)
    if (user === null) {
      return { status: (await users.isSuspended(session.userId)) ? 'suspended' : 'deleted' }
    }
    if (!isStale(user, session)) return { status: 'found', user }
    await staleSessions.end(user.id, session.sessionId)
    return { status: 'password-changed' }
  }
}
