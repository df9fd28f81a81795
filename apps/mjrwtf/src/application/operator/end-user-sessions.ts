import { isUserId, type User, type UserId } from '../../domain/user.ts'
import type { YieldToRequests } from '../ports/pace.ts'
import type { TrustedBrowserRepository } from '../ports/trusted-browser-repository.ts'
import type { UserDirectory, UserRepository } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'

/** The operator, and the session of the request, which stays active. */
export interface ActingOperator {
  readonly operator: User
  readonly sessionId: string | null
}

export type EndUserSessionsResult =
  | { readonly status: 'ended'; readonly user: User; readonly count: number }
  | { readonly status: 'not-found' }

/**
 * Ends all sessions of one account on behalf of the operator (ASVS 5.0 V7.4.5), and rejects sign-ins in progress. The
 * session of the request stays active. No browser stays trusted.
 */
export type EndUserSessions = (
  actingOperator: ActingOperator,
  id: UserId,
) => Promise<EndUserSessionsResult>

export interface EndedUserSessions {
  readonly userId: UserId
  /** Number of sessions that ended. */
  readonly count: number
}

/**
 * Ends the sessions of all users except the session of the request, account by account, and returns the users whose
 * sessions ended. Rejects if the store fails, after some may have ended. A second call ends the rest.
 */
export type EndAllUsersSessions = (
  actingOperator: ActingOperator,
) => Promise<readonly EndedUserSessions[]>

interface EndUserSessionsDependencies {
  readonly users: Pick<UserRepository, 'find'>
  readonly userDirectory: Pick<UserDirectory, 'ids'>
  readonly sessions: Pick<UserSessions, 'endAllByOperator'>
  readonly trustedBrowsers: Pick<TrustedBrowserRepository, 'endAll'>
  readonly yieldToRequests: YieldToRequests
}

export function createEndUserSessions({
  users,
  sessions,
  trustedBrowsers,
}: Pick<EndUserSessionsDependencies, 'users' | 'sessions' | 'trustedBrowsers'>): EndUserSessions {
  return async function endUserSessions({ operator, sessionId }, id) {
    const user = operator.isOperator && isUserId(id) ? await users.find(id) : null
    if (user === null) return { status: 'not-found' }
    await trustedBrowsers.endAll(user.id, null)
    const count = await sessions.endAllByOperator(operator.id, {
      userId: user.id,
      except: sessionId,
    })
    return { status: 'ended', user, count }
  }
}

/** Accounts read per query. */
const batchSize = 500

export function createEndAllUsersSessions({
  userDirectory,
  sessions,
  trustedBrowsers,
  yieldToRequests,
}: EndUserSessionsDependencies): EndAllUsersSessions {
  return async function endAllUsersSessions({ operator, sessionId }) {
    if (!operator.isOperator) return []
    const ended: EndedUserSessions[] = []
    let after: UserId | null = null
    do {
      const ids: readonly UserId[] = await userDirectory.ids(after, batchSize)
      for (const userId of ids) {
        await trustedBrowsers.endAll(userId, null)
        // Also for a user without sessions, who may have a sign-in in progress.
        const count = await sessions.endAllByOperator(operator.id, { userId, except: sessionId })
        if (count > 0) ended.push({ userId, count })
        await yieldToRequests()
      }
      after = ids.at(-1) ?? null
    } while (after !== null)
    return ended
  }
}
