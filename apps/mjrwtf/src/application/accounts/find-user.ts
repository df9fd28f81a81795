import { isStale, type SessionCredentials, type User, type UserId } from '../../domain/user.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { StaleSessions } from '../ports/user-sessions.ts'

export interface SessionReference extends SessionCredentials {
  readonly userId: UserId
}

export type FindUserResult =
  | { readonly status: 'found'; readonly user: User }
  | { readonly status: 'deleted' }
  /** The password was changed in another session since. This one has been ended, if it had not been yet. */
  | { readonly status: 'password-changed' }

/**
 * The user of a session as they are now: asked on every request, so that a removed account stops at
 * once (ASVS 5.0 V7.4.2), and so does what was signed in with an earlier password.
 */
export type FindUser = (session: SessionReference) => Promise<FindUserResult>

/** The operator, for whom shared bearer tokens act; `null` until the first account exists. */
export type FindOperator = () => Promise<User | null>

export interface FindUserPorts {
  readonly users: UserRepository
  readonly staleSessions: Pick<StaleSessions, 'end'>
}

export function createFindUser({ users, staleSessions }: FindUserPorts): FindUser {
  return async function findUser(session) {
    const user = await users.find(session.userId)
    if (user === null) return { status: 'deleted' }
    if (!isStale(user, session)) return { status: 'found', user }
    await staleSessions.end(user.id, session.sessionId)
    return { status: 'password-changed' }
  }
}

export function createFindOperator(ports: { readonly users: UserRepository }): FindOperator {
  return function findOperator() {
    return ports.users.findOperator()
  }
}
