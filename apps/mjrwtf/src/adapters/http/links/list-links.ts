import type { Links } from '../../../application/links/links.ts'
import type {
  LinkCount,
  LinkPage,
  LinkPlace,
  ListedLink,
} from '../../../application/ports/link-list.ts'
import type { TimeZone } from '../../../domain/time-zone.ts'
import type { UserId } from '../../../domain/user.ts'
import type { PageRange } from '../components/pagination.tsx'
import { rangeOf } from '../responses/page-range.ts'
import { isFiltered, type ListQuery, type ListSelection, toFilter } from './list-query.ts'

export interface LinkListRequest extends ListQuery {
  readonly ownerId: UserId
  /** Of the days in the selection. */
  readonly zone: TimeZone
}

/** One page of a user's links, or of those that a filter or a search found. */
export interface LinkList {
  /** Fewer than the limit, although `range.older` is not `null`, if reading them has reached its maximum. */
  readonly links: readonly ListedLink[]
  readonly range: PageRange
}

type Reader = Pick<Links, 'list' | 'search'>

/** Returns `null` if a search would have to skip more links than it reads in one request. */
export async function listLinks(links: Reader, request: LinkListRequest): Promise<LinkList | null> {
  const page = await readPage(links, request)
  if (page === null) return null
  const { cursor, offset } = request
  // No link is before these: starts at the first one, so that the page is full.
  if (cursor?.direction === 'newer' && page.next === null) {
    return listLinks(links, { ...request, cursor: null, offset: 0 })
  }
  const position = { cursor, offset, count: page.links.length, hasMore: page.next !== null }
  return { links: page.links, range: rangeOf({ ...position, ...edgesOf(page, request) }) }
}

async function readPage(links: Reader, request: LinkListRequest): Promise<LinkPage | null> {
  const { ownerId, limit, query, cursor, sort, zone } = request
  const offset = cursor === null ? request.offset : 0
  const list = { ownerId, filter: toFilter(request, zone), sort, start: cursor }
  if (query === '') return links.list({ ...list, limit, offset })
  const page = await links.search({ ...list, query, limit: offset + limit })
  if (page.links.length < offset && page.next !== null) return null
  return { ...page, links: page.links.slice(offset) }
}

/** Where the pages beside this one start. */
function edgesOf({ links, next }: LinkPage, { cursor, sort }: LinkListRequest) {
  const isNewer = cursor?.direction === 'newer'
  // The link at the cursor is on the page beside an empty one.
  const step = sort.isDescending ? -1 : 1
  const first = links.at(0)?.place ?? beside(cursor?.place, step)
  const last = links.at(-1)?.place ?? beside(cursor?.place, -step)
  return isNewer ? { newest: next, oldest: last } : { newest: first, oldest: next }
}

function beside(place: LinkPlace | undefined, step: number): LinkPlace | null {
  return place === undefined ? null : { ...place, position: place.position + step }
}

interface SelectedPage {
  readonly ownerId: UserId
  readonly zone: TimeZone
  readonly selection: ListSelection
  readonly range: PageRange
}

/** The number of all links of the selection. A search is counted as far as its pages go. */
export async function countSelected(
  links: Pick<Links, 'count' | 'countListed'>,
  { ownerId, zone, selection, range }: SelectedPage,
): Promise<LinkCount> {
  if (!isFiltered(selection)) return countMain(links, ownerId)
  if (selection.query === '') return links.countListed(ownerId, toFilter(selection, zone))
  const seen = range.index + range.count
  return range.older === null
    ? { links: seen, isMinimum: false }
    : { links: seen + 1, isMinimum: true }
}

/** All links but archived ones, from a counter. */
async function countMain(
  links: Pick<Links, 'count' | 'countListed'>,
  ownerId: UserId,
): Promise<LinkCount> {
  const archive = { tag: null, state: 'archived', createdFrom: null, createdBefore: null } as const
  const [all, archived] = await Promise.all([
    links.count(ownerId),
    links.countListed(ownerId, archive),
  ])
  if (archived.isMinimum) return links.countListed(ownerId, { ...archive, state: null })
  return { links: all.links - archived.links, isMinimum: false }
}
