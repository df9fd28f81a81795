import type { LinkState } from '../../domain/link-state.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { LinkWithClicks } from './link-repository.ts'
import type { PageStart } from './paging.ts'

/** A place in the order in which a user's links were added. A newer link has a greater one. Never reused. */
export type LinkPosition = number

/** By title: of a link without one, its short code. */
export type LinkSortKey = 'created' | 'clicks' | 'title'

export interface LinkSort {
  readonly by: LinkSortKey
  /** Whether the newest, most clicked or last title comes first. */
  readonly isDescending: boolean
}

/** Which links a list contains. All conditions must be true. */
export interface LinkFilter {
  /** The key of a tag (`tagKey`), or `null` for links with any tags or none. */
  readonly tag: string | null
  /** `null` for all but archived ones, `any` for those too. */
  readonly state: LinkState | 'any' | null
  /** Created from this instant on, and before that one. `null` for no limit. */
  readonly createdFrom: Instant | null
  readonly createdBefore: Instant | null
}

/** The place of a link in a sorted list. */
export interface LinkPlace {
  /** The value that the list is sorted by. */
  readonly key: number | string
  /** Orders links with the same key. */
  readonly position: LinkPosition
}

export interface ListLinksRequest {
  readonly ownerId: UserId
  readonly filter: LinkFilter
  readonly sort: LinkSort
  /** At least 1. */
  readonly limit: number
  /** `null` for the start of the list. `older` is the direction of the list, `newer` the opposite one. */
  readonly start: PageStart<LinkPlace> | null
  /** Number of links to skip from the start. They are read from an index only. */
  readonly offset: number
  /** Decides which links are scheduled or have ended. */
  readonly now: Instant
}

export interface SearchLinksRequest extends Omit<ListLinksRequest, 'offset'> {
  /**
   * Text to search for in titles, short codes, destinations, tags and notes: literally, ignoring case. Not empty. Of a
   * destination the first 2,048 characters are searched, of a note the first 1,000.
   */
  readonly query: string
}

export interface ListedLink extends LinkWithClicks {
  readonly state: LinkState
  readonly place: LinkPlace
}

export interface LinkPage {
  /** In the order of the list, in any direction. */
  readonly links: readonly ListedLink[]
  /** Where the next page of the direction starts, or `null` if there are no more links. */
  readonly next: LinkPlace | null
}

/** A number of links that is counted up to a maximum. */
export interface LinkCount {
  readonly links: number
  /** Whether there may be more. */
  readonly isMinimum: boolean
}

/** Links of a tag that are counted, at most: a page shows many tags. */
export const maxTagged = 100

/** A tag of a user's links. */
export interface OwnTag {
  /** `tagKey` of it. */
  readonly key: string
  /** As one of the links has it. */
  readonly tag: string
  /** Number of links with the tag, also archived ones, up to `maxTagged`. */
  readonly links: number
  /** Whether there are more. */
  readonly isMinimum: boolean
}

export interface ListTagsRequest {
  readonly ownerId: UserId
  /** Lists the tags whose keys sort after this one. Empty for the first ones. */
  readonly after: string
  readonly limit: number
}

/** The lists of a user's links, without removed ones. Rejects with `RepositoryError` only. */
export interface LinkLists {
  /**
   * Lists the links of the filter. Reads a limited number of links and entries of indexes, and may therefore return fewer
   * than `limit`, even none, although `next` is not `null`: if it is sorted by anything but the creation, and the filter
   * has a range of creation.
   */
  list(request: ListLinksRequest): Promise<LinkPage>
  /**
   * Lists the links of the filter that contain the text. Sorted by creation means here: in the order in which they were
   * added. Reads a limited number of links in a limited number of short statements, for any links and any text, and may
   * therefore return fewer than `limit`, even none, although `next` is not `null`.
   */
  search(request: SearchLinksRequest): Promise<LinkPage>
  /** Counts the links of the filter, up to 1,000. */
  countListed(ownerId: UserId, filter: LinkFilter): Promise<LinkCount>
  /** Lists the tags of links that are not removed, by their keys. Reads a limited number of entries for each tag. */
  listTags(request: ListTagsRequest): Promise<readonly OwnTag[]>
}
