import { isShortCode, normalizeCode } from '../../domain/short-code.ts'
import type { UserId } from '../../domain/user.ts'
import type {
  LinkPage,
  LinkTotals,
  LinkWithClicks,
  ListLinksRequest,
  OwnLink,
  SearchLinksRequest,
} from '../ports/link-repository.ts'
import type { LinksDependencies } from './dependencies.ts'

/** The only way to a link by its owner, with any of its codes. Returns `null` for a removed link and for another user's link (404). */
export type FindOwnLink = (request: OwnLink) => Promise<LinkWithClicks | null>

/** The links of one user, without removed ones. */
export interface OwnLinks {
  readonly find: FindOwnLink
  readonly list: (request: ListLinksRequest) => Promise<LinkPage>
  /** Lists the links that contain the text. May end before the page is full; `next` continues. */
  readonly search: (request: SearchLinksRequest) => Promise<LinkPage>
  /** Number of links, and of clicks on them. */
  readonly count: (ownerId: UserId) => Promise<LinkTotals>
  /** Removes the link, which answers 410 from then on. Returns `false` if the user has no such link. */
  readonly remove: (request: OwnLink) => Promise<boolean>
}

export function createOwnLinks({
  links,
  clock,
}: Pick<LinksDependencies, 'links' | 'clock'>): OwnLinks {
  async function find({ ownerId, shortCode }: OwnLink) {
    const code = normalizeCode(shortCode)
    return isShortCode(code) ? links.findOwn({ ownerId, shortCode: code }) : null
  }

  return {
    find,
    list: (request) => links.list(request),
    search: (request) => links.search(request),
    count: (ownerId) => links.count(ownerId),
    async remove(own) {
      const link = await find(own)
      return link !== null && links.remove(link, clock.now())
    },
  }
}
