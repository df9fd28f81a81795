import type { SessionsContext } from './context.ts'
import type { Sessions } from './sessions.ts'
import { lookUpToken } from './token-lookup.ts'

/**
 * Decides whether a client's cookie may be expired. Only for a session's current token: after a rotation
 * the client holds a newer one. The store decides the rest, in one read: whether the session has ended,
 * by the clock of the database, and whether a sign-in has presented it.
 */
export function createMayExpireCookie<Data>(
  context: SessionsContext<Data>,
): Sessions<Data>['mayExpireCookie'] {
  return async function mayExpireCookie(token) {
    const judgment = await lookUpToken(context, token)
    if (judgment?.status !== 'ended' || !judgment.isCurrent) return false
    return (await context.store.hasEndedWithoutSuccessor?.(judgment.record.id)) ?? false
  }
}
