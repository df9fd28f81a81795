import type { UserId } from '../../domain/user.ts'
import type { UserSessions } from '../ports/user-sessions.ts'

export interface EndSessionsRequest {
  readonly userId: UserId
  /** The session to leave alone, or `null` to end every one. */
  readonly except: string | null
}

/** Signs somebody out of their other devices, or of all, and returns how many sessions that ended. */
export type EndSessions = (request: EndSessionsRequest) => Promise<number>

export function createEndSessions(ports: { readonly sessions: UserSessions }): EndSessions {
  return function endSessions({ userId, except }) {
    return ports.sessions.endAll(userId, except)
  }
}
