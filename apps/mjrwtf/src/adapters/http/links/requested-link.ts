import type { OwnLink } from '../../../application/ports/link-repository.ts'
import type { UserRequestContext } from '../http-context.ts'

/** The link that a path names, as one of the user's own. */
export function requestedLink(c: UserRequestContext): OwnLink {
  return { ownerId: c.var.user.id, shortCode: c.req.param('code') ?? '' }
}
