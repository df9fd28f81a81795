import { isShortCode } from '../domain/short-code.ts'
import type { UserId } from '../domain/user.ts'
import type { LinkWithClicks } from './list-links.ts'
import type { LinkRepository } from './ports/link-repository.ts'

export interface OwnLink {
  readonly ownerId: UserId
  readonly shortCode: string
}

/** The link if it is the user's own and not removed, else `null`: other people's links are not there (404). */
export type FindOwnLink = (request: OwnLink) => Promise<LinkWithClicks | null>

export function createFindOwnLink(ports: { readonly links: LinkRepository }): FindOwnLink {
  return async function findOwnLink(own) {
    return isShortCode(own.shortCode) ? ports.links.findOwn(own) : null
  }
}
