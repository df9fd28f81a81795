import { isShortCode } from '../../domain/short-code.ts'
import type { LinkRepository, LinkWithClicks, OwnLink } from '../ports/link-repository.ts'

/** The link if it is the user's own and not removed, else `null`: other people's links are not there (404). */
export type FindOwnLink = (request: OwnLink) => Promise<LinkWithClicks | null>

export function createFindOwnLink(ports: { readonly links: LinkRepository }): FindOwnLink {
  return async function findOwnLink(own) {
    return isShortCode(own.shortCode) ? ports.links.findOwn(own) : null
  }
}
