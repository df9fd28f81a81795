import { SessionError, type SessionId, type Sessions } from 'coatcheck'
import type { SessionTrust } from '../../application/ports/session-trust.ts'
import { isSessionId } from './session-id.ts'

/** Asks the session library to hold something against sessions. */
export function createSessionTrust<Data>(
  sessions: Pick<Sessions<Data>, 'distrust' | 'listForUser'>,
): SessionTrust {
  /** A damaged record opens nothing: there is nothing to doubt, and whoever waits must not be held up by it. */
  async function distrust(id: SessionId, at: number): Promise<void> {
    try {
      await sessions.distrust(id, at)
    } catch (error) {
      if (!(error instanceof SessionError && error.code === 'corrupt-record')) throw error
    }
  }

  return {
    async doubt(sessionId, at) {
      if (isSessionId(sessionId)) await distrust(sessionId, at)
    },
    async doubtAll(userId, at) {
      const live = await sessions.listForUser(userId)
      await Promise.all(live.map(({ id }) => distrust(id, at)))
    },
  }
}
