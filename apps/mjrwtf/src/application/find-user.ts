import { isOutdated, type SessionStanding, type User, type UserId } from '../domain/user.ts'
import type { OutdatedSessions } from './ports/outdated-sessions.ts'
import type { UserRepository } from './ports/user-repository.ts'

export interface SessionOfUser extends SessionStanding {
  readonly userId: UserId
}

export type FindUserResult =
  | { readonly status: 'found'; readonly user: User }
  | { readonly status: 'gone' }
  /** The password was changed in another session since. This one has been ended, if it had not been yet. */
  | { readonly status: 'password-changed' }

/**
 * The user of a session as they are now: asked on every request, so that a removed account stops at
 * once (ASVS 5.0 V7.4.2), and so does what was signed in with an earlier password.
 */
export type FindUser = (session: SessionOfUser) => Promise<FindUserResult>

/** The operator, for whom shared bearer tokens act; `null` until the first account exists. */
export type FindOperator = () => Promise<User | null>

export interface FindUserPorts {
  readonly users: UserRepository
  readonly outdatedSessions: OutdatedSessions
}

export function createFindUser({ users, outdatedSessions }: FindUserPorts): FindUser {
  return async function findUser(session) {
    const user = await users.find(session.userId)
    if (user === null) return { status: 'gone' }
    if (!isOutdated(user, session)) return { status: 'found', user }
    await outdatedSessions.end(user.id, session.sessionId)
    return { status: 'password-changed' }
  }
}

export function createFindOperator(ports: { readonly users: UserRepository }): FindOperator {
  return function findOperator() {
    return ports.users.findOperator()
  }
}
