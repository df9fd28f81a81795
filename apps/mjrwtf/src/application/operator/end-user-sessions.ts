import { isUserId, type User, type UserId } from '../../domain/user.ts'
import type { UserDirectory, UserRepository } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'

/** The operator, and the session that they act from, which goes on. */
export interface ActingOperator {
  readonly operator: User
  readonly sessionId: string | null
}

export type EndUserSessionsResult =
  | { readonly status: 'ended'; readonly user: User; readonly count: number }
  | { readonly status: 'not-found' }

/**
 * Ends all sessions of one account, by its operator's hand (ASVS 5.0 V7.4.5), and refuses sign-ins under way. Of
 * the operator's own, the one that asks is left alone.
 */
export type EndUserSessions = (
  actingOperator: ActingOperator,
  id: UserId,
) => Promise<EndUserSessionsResult>

/** Somebody who was signed in, and no longer is. */
export interface EndedUser {
  readonly userId: UserId
  /** Sessions that ended. */
  readonly count: number
}

/**
 * Ends everybody's sessions but the one that asks, account by account, and tells whose. Should the store fail on the
 * way it rejects, with some ended: asked again, it ends the rest.
 */
export type EndAllUsersSessions = (actingOperator: ActingOperator) => Promise<readonly EndedUser[]>

export interface EndUserSessionsPorts {
  readonly users: Pick<UserRepository, 'find'>
  readonly userDirectory: UserDirectory
  readonly sessions: Pick<UserSessions, 'endAllByOperator'>
}

export function createEndUserSessions({ users, sessions }: EndUserSessionsPorts): EndUserSessions {
  return async function endUserSessions({ operator, sessionId }, id) {
    const user = operator.isOperator && isUserId(id) ? await users.find(id) : null
    if (user === null) return { status: 'not-found' }
    const count = await sessions.endAllByOperator(operator.id, {
      userId: user.id,
      except: sessionId,
    })
    return { status: 'ended', user, count }
  }
}

/** Accounts read at once. */
const batchSize = 500

export function createEndAllUsersSessions(ports: EndUserSessionsPorts): EndAllUsersSessions {
  const { userDirectory, sessions } = ports

  return async function endAllUsersSessions({ operator, sessionId }) {
    if (!operator.isOperator) return []
    const ended: EndedUser[] = []
    let after: UserId | null = null
    do {
      const ids: readonly UserId[] = await userDirectory.ids(after, batchSize)
      for (const userId of ids) {
        // Also of who has none: a sign-in of theirs may be under way.
        const count = await sessions.endAllByOperator(operator.id, { userId, except: sessionId })
        if (count > 0) ended.push({ userId, count })
      }
      after = ids.at(-1) ?? null
    } while (after !== null)
    return ended
  }
}
