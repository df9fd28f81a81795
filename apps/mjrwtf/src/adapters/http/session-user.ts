import type { Session } from 'coatcheck'
import type { FindUserResult } from '../../application/find-user.ts'
import type { AppSessionData } from './app-dependencies.ts'
import type { Site } from './site.ts'

/** The user of a session as they are now, if the session may still act for them. */
export function findUserOf(site: Site, session: Session<AppSessionData>): Promise<FindUserResult> {
  const { userId, id: sessionId, data } = session
  return site.useCases.findUser({
    userId,
    sessionId,
    passwordVersion: data.passwordVersion ?? 0,
  })
}
