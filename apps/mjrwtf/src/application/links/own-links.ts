import type { LinkEdit } from '../../domain/link-edit.ts'
import { isShortCode, normalizeCode } from '../../domain/short-code.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type {
  LinkCount,
  LinkFilter,
  LinkLists,
  LinkPage,
  ListLinksRequest,
  SearchLinksRequest,
} from '../ports/link-list.ts'
import type { LinkTotals, LinkWithClicks, OwnLink } from '../ports/link-repository.ts'
import type { LinksDependencies } from './dependencies.ts'

/** The only way to a link by its owner, with any of its codes. Returns `null` for a removed link and for another user's link (404). */
export type FindOwnLink = (request: OwnLink) => Promise<LinkWithClicks | null>

type Untimed<Request extends { readonly now: Instant }> = Omit<Request, 'now'>

/** The links of one user, without removed ones. */
export interface OwnLinks {
  readonly find: FindOwnLink
  /** Lists the links of the filter. May end before the page is full; `next` continues. */
  readonly list: (request: Untimed<ListLinksRequest>) => Promise<LinkPage>
  /** The same of those that contain the text. */
  readonly search: (request: Untimed<SearchLinksRequest>) => Promise<LinkPage>
  /** Counts the links of the filter, up to 1,000. */
  readonly countListed: (ownerId: UserId, filter: LinkFilter) => Promise<LinkCount>
  /** Lists the tags of the user's links, by their keys. */
  readonly listTags: LinkLists['listTags']
  /** Number of links, and of clicks on them. */
  readonly count: (ownerId: UserId) => Promise<LinkTotals>
  /** Removes the link, which answers 410 from then on. Returns `false` if the user has no such link. */
  readonly remove: (request: OwnLink) => Promise<boolean>
  /** Archives the link, which redirects all the same, or puts it back. Returns `false` if the user has no such link. */
  readonly setArchived: (request: OwnLink, isArchived: boolean) => Promise<boolean>
  /** The newest edits of the link, newest first. */
  readonly listEdits: (request: OwnLink) => Promise<readonly LinkEdit[]>
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
    list: (request) => links.list({ ...request, now: clock.now() }),
    search: (request) => links.search({ ...request, now: clock.now() }),
    countListed: (ownerId, filter) => links.countListed(ownerId, filter),
    listTags: (request) => links.listTags(request),
    count: (ownerId) => links.count(ownerId),
    async remove(own) {
      const link = await find(own)
      return link !== null && links.remove(link, clock.now())
    },
    async setArchived(own, isArchived) {
      const link = await find(own)
      const stamp = { at: clock.now(), by: 'page' } as const
      return link !== null && links.setArchived(link, isArchived, stamp)
    },
    async listEdits(own) {
      const link = await find(own)
      return link === null ? [] : links.listEdits(link)
    },
  }
}
