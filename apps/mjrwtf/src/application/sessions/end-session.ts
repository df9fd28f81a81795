import type { UserId } from '../../domain/user.ts'
import type { UserSessions } from '../ports/user-sessions.ts'

export interface EndSessionRequest {
  readonly userId: UserId
  readonly sessionId: string
}

/**
 * Ends one of somebody's own sessions. `not-found` for one that is somebody else's, is over, or never
 * was: the three are not told apart (404).
 */
export type EndSession = (request: EndSessionRequest) => Promise<'ended' | 'not-found'>

export function createEndSession(ports: { readonly sessions: UserSessions }): EndSession {
  return async function endSession({ userId, sessionId }) {
    return (await ports.sessions.end(userId, sessionId)) ? 'ended' : 'not-found'
  }
}
