import type { SessionView } from '../../../application/sessions/own-sessions.ts'
import type { HttpContext, UserRequestContext } from '../http-context.ts'
import type { Problem } from '../responses/problem.tsx'

/** The sessions of the user, with the current one marked. */
export async function listOwnSessions(
  context: HttpContext,
  c: UserRequestContext,
): Promise<readonly SessionView[]> {
  const id = c.var.session?.id ?? ''
  // The current request is activity that is stored later.
  const current = { id, lastActivityAt: context.clock.now() }
  return context.ownSessions.list({ userId: c.var.user.id, current })
}

/** The same for a session of another user, an ended one and an unknown id. */
export const noSuchSession: Problem = {
  status: 404,
  code: 'not_found',
  message: 'This session does not exist or has already ended.',
}
