import type { Sessions } from 'coatcheck'
import type { SessionTrust } from '../../application/ports/session-trust.ts'
import { isSessionId } from './session-id.ts'

/** Asks the session library to hold something against sessions. */
export function createSessionTrust<Data>(
  sessions: Pick<Sessions<Data>, 'distrust' | 'listForUser'>,
): SessionTrust {
  return {
    async doubt(sessionId, at) {
      if (isSessionId(sessionId)) await sessions.distrust(sessionId, at)
    },
    async doubtAll(userId, at) {
      const live = await sessions.listForUser(userId)
      await Promise.all(live.map(({ id }) => sessions.distrust(id, at)))
    },
  }
}
