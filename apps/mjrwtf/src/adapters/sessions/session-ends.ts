import type { Sessions } from 'coatcheck'
import type { SessionEnds } from '../../application/ports/user-sessions.ts'

/** Watches sessions with the library. Their records are deleted only with the account. */
export function createSessionEnds<Data>(sessions: Pick<Sessions<Data>, 'onEnd'>): SessionEnds {
  return {
    onEnd: (sessionId, callback) =>
      sessions.onEnd(sessionId, (reason) =>
        callback(reason === 'deleted' ? 'account-deleted' : reason),
      ),
  }
}
