import type { Links } from '../../../application/links/links.ts'
import type { LinkPage, ListedLink } from '../../../application/ports/link-repository.ts'
import type { UserId } from '../../../domain/user.ts'
import type { PageRange } from '../components/pagination.tsx'
import type { Cursor } from '../responses/cursor.ts'
import { rangeOf } from '../responses/page-range.ts'
import type { Paging } from '../responses/paging.ts'

type LinkCursor = Cursor<number> | null

export interface LinkListRequest extends Paging {
  readonly ownerId: UserId
  /** Where the page starts. Replaces `offset`. */
  readonly cursor: LinkCursor
}

/** One page of a user's links, or of those that a search found. */
export interface LinkList {
  /** Newest first. Fewer than the limit, although `range.older` is not `null`, if a search has read its maximum. */
  readonly links: readonly ListedLink[]
  readonly range: PageRange
}

type Reader = Pick<Links, 'list' | 'search'>

/** Returns `null` if a search would have to skip more links than it reads in one request. */
export async function listLinks(links: Reader, request: LinkListRequest): Promise<LinkList | null> {
  const page = await readPage(links, request)
  if (page === null) return null
  const { cursor, offset } = request
  // No link is newer: starts at the newest one, so that the page is full.
  if (cursor?.direction === 'newer' && page.next === null) {
    return listLinks(links, { ...request, cursor: null, offset: 0 })
  }
  const position = { cursor, offset, count: page.links.length, hasMore: page.next !== null }
  return { links: page.links, range: rangeOf({ ...position, ...edgesOf(page, cursor) }) }
}

async function readPage(links: Reader, request: LinkListRequest): Promise<LinkPage | null> {
  const { ownerId, limit, query, cursor } = request
  const offset = cursor === null ? request.offset : 0
  if (query === '') return links.list({ ownerId, limit, start: cursor, offset })
  const page = await links.search({ ownerId, query, limit: offset + limit, start: cursor })
  if (page.links.length < offset && page.next !== null) return null
  return { ...page, links: page.links.slice(offset) }
}

/** Where the pages beside this one start. */
function edgesOf({ links, next }: LinkPage, cursor: LinkCursor) {
  const isNewer = cursor?.direction === 'newer'
  // The link at the cursor is on the page beside an empty one.
  const first = links.at(0)?.position ?? (cursor === null ? null : cursor.place - 1)
  const last = links.at(-1)?.position ?? (cursor === null ? null : cursor.place + 1)
  return isNewer ? { newest: next, oldest: last } : { newest: first, oldest: next }
}
