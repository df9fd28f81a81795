import { isUserId, type User, type UserId } from '../domain/user.ts'
import type { PeopleRepository } from './ports/people-repository.ts'
import type { UserRepository } from './ports/user-repository.ts'
import type { UserSessions } from './ports/user-sessions.ts'

/** The operator, and the session that they act from, which goes on. */
export interface ActingOperator {
  readonly operator: User
  readonly sessionId: string | null
}

export type EndSessionsOfResult =
  | { readonly status: 'ended'; readonly of: User; readonly count: number }
  | { readonly status: 'not-found' }

/**
 * Ends all sessions of one account, by its operator's hand (ASVS 5.0 V7.4.5), and refuses sign-ins under way. Of
 * the operator's own, the one that asks is left alone.
 */
export type EndSessionsOf = (acting: ActingOperator, id: UserId) => Promise<EndSessionsOfResult>

/** Somebody who was signed in, and no longer is. */
export interface EndedPerson {
  readonly userId: UserId
  /** Sessions that ended. */
  readonly count: number
}

/**
 * Ends everybody's sessions but the one that asks, account by account, and tells whose. Should the store fail on the
 * way it rejects, with some ended: asked again, it ends the rest.
 */
export type EndEverybodysSessions = (acting: ActingOperator) => Promise<readonly EndedPerson[]>

export interface EndSessionsOfOthersPorts {
  readonly users: UserRepository
  readonly people: PeopleRepository
  readonly sessions: UserSessions
}

export function createEndSessionsOf({ users, sessions }: EndSessionsOfOthersPorts): EndSessionsOf {
  return async function endSessionsOf({ operator, sessionId }, id) {
    const of = operator.isOperator && isUserId(id) ? await users.find(id) : null
    if (of === null) return { status: 'not-found' }
    const count = await sessions.endAllAs(operator.id, { of: of.id, except: sessionId })
    return { status: 'ended', of, count }
  }
}

/** Accounts read at once. */
const batch = 500

export function createEndEverybodysSessions(
  ports: EndSessionsOfOthersPorts,
): EndEverybodysSessions {
  const { people, sessions } = ports

  return async function endEverybodysSessions({ operator, sessionId }) {
    if (!operator.isOperator) return []
    const ended: EndedPerson[] = []
    let after: UserId | null = null
    do {
      const ids: readonly UserId[] = await people.ids(after, batch)
      for (const userId of ids) {
        // Also of who has none: a sign-in of theirs may be under way.
        const count = await sessions.endAllAs(operator.id, { of: userId, except: sessionId })
        if (count > 0) ended.push({ userId, count })
      }
      after = ids.at(-1) ?? null
    } while (after !== null)
    return ended
  }
}
