import type { UserId } from '../../domain/user.ts'

/**
 * Ends sessions that a change of the password has left behind, with that as the reason. What is ended is over at
 * once, everywhere. Rejects only when the store fails.
 */
export interface StaleSessions {
  /** Ends the session, if it has not ended yet. */
  end(userId: UserId, sessionId: string): Promise<void>
  /** Ends all, or all but one, and refuses sign-ins whose credentials were checked before. */
  endOthers(userId: UserId, except: string | null): Promise<void>
}
