import { SessionError, type SessionId, type Sessions } from 'coatcheck'
import type { StepUp } from '../../application/ports/user-sessions.ts'
import { isSessionId } from './session-id.ts'

/** Asks the session library to hold something against sessions. */
export function createStepUp<Data>(
  sessions: Pick<Sessions<Data>, 'requireStepUp' | 'listForUser'>,
): StepUp {
  /** A damaged record opens nothing: there is nothing to doubt, and whoever waits must not be held up by it. */
  async function requireStepUp(id: SessionId, at: number): Promise<void> {
    try {
      await sessions.requireStepUp(id, at)
    } catch (error) {
      if (!(error instanceof SessionError && error.code === 'corrupt-record')) throw error
    }
  }

  return {
    async require(sessionId, at) {
      if (isSessionId(sessionId)) await requireStepUp(sessionId, at)
    },
    async requireAll(userId, at) {
      const live = await sessions.listForUser(userId)
      await Promise.all(live.map(({ id }) => requireStepUp(id, at)))
    },
  }
}
