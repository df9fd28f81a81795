import type { Session } from 'coatcheck'
import type { FindSessionUserResult } from '../../../application/accounts/find-session-user.ts'
import type { AppSessionData, HttpContext } from '../http-context.ts'

/** The user of a session as they are now, if the session may still act for them. */
export function findSessionUser(
  context: HttpContext,
  session: Session<AppSessionData>,
): Promise<FindSessionUserResult> {
  const { userId, id: sessionId, data } = session
  return context.accounts.findSessionUser({
    userId,
    sessionId,
    passwordVersion: data.passwordVersion ?? 0,
  })
}
