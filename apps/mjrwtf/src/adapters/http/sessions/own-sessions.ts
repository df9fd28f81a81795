import type { SessionView } from '../../../application/sessions/own-sessions.ts'
import type { HttpContext, UserRequestContext } from '../http-context.ts'
import type { Problem } from '../responses/problem.tsx'

/** The sessions of the user who asks, by a session of theirs. */
export async function listOwnSessions(
  context: HttpContext,
  c: UserRequestContext,
): Promise<readonly SessionView[]> {
  const id = c.var.session?.id ?? ''
  // The request that asks is activity, which is written down later.
  const current = { id, lastActivityAt: context.clock.now() }
  return context.ownSessions.list({ userId: c.var.user.id, current })
}

/** For one that is somebody else's, is over or never was: the three are not told apart. */
export const noSuchSession: Problem = {
  status: 404,
  code: 'not_found',
  message: 'You have no such session. It may have ended already.',
}
