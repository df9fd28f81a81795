import type { OwnSession } from '../../application/list-sessions.ts'
import type { Problem } from './problem.tsx'
import type { Site, UserContext } from './site.ts'

/** The sessions of the user who asks, by a session of theirs. */
export async function ownSessions(site: Site, c: UserContext): Promise<readonly OwnSession[]> {
  const id = c.var.session?.id ?? ''
  // The request that asks is activity, which is written down later.
  const current = { id, lastActivityAt: site.clock.now() }
  return site.useCases.listSessions({ userId: c.var.user.id, current })
}

/** For one that is somebody else's, is over or never was: the three are not told apart. */
export const noSuchSession: Problem = {
  status: 404,
  code: 'not_found',
  message: 'You have no such session. It may have ended already.',
}
