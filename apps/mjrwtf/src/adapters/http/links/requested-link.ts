import type { OwnLink } from '../../../application/ports/link-repository.ts'
import type { UserRequestContext } from '../http-context.ts'

/** The link of the user that the path names. */
export function requestedLink(c: UserRequestContext): OwnLink {
  return { ownerId: c.var.user.id, shortCode: c.req.param('code') ?? '' }
}
