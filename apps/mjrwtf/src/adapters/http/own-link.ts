import type { OwnLink } from '../../application/ports/link-repository.ts'
import type { UserContext } from './site.ts'

/** The link that a path names, as one of the user's own. */
export function ownLink(c: UserContext): OwnLink {
  return { ownerId: c.var.user.id, shortCode: c.req.param('code') ?? '' }
}
