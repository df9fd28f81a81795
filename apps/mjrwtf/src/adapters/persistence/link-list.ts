import type {
  LinkPage,
  LinkPosition,
  ListedLink,
  ListLinksRequest,
} from '../../application/ports/link-repository.ts'
import type { PageStart } from '../../application/ports/paging.ts'
import { type Database, run } from './database.ts'
import { toListedLink } from './link-rows.ts'

type Start = PageStart<LinkPosition> | null

/** Reads links from the start on, nearest first. */
export async function readLinks(
  { kysely }: Database,
  { ownerId, limit, start, offset }: ListLinksRequest,
): Promise<readonly ListedLink[]> {
  const isNewer = start?.direction === 'newer'
  // Selects the page in the index alone, so that no skipped link is read.
  const page = kysely
    .selectFrom('links')
    .select(['owner_id', 'position'])
    .where('owner_id', '=', ownerId)
    .where('removed_at', 'is', null)
    .$if(start !== null, (links) => links.where('position', isNewer ? '>' : '<', start?.place ?? 0))
    .orderBy('position', isNewer ? 'asc' : 'desc')
    .limit(limit)
    .offset(offset)
  const query = kysely
    .selectFrom(page.as('page'))
    .innerJoin('links', (join) =>
      join
        .onRef('links.owner_id', '=', 'page.owner_id')
        .onRef('links.position', '=', 'page.position'),
    )
    .where('links.removed_at', 'is', null)
    .selectAll('links')
  return nearestFirst(start, (await run(query.execute())).map(toListedLink))
}

/** Sorts here, because a join has no order. */
export function nearestFirst(start: Start, links: readonly ListedLink[]): readonly ListedLink[] {
  const sign = start?.direction === 'newer' ? 1 : -1
  return links.toSorted((one, other) => sign * (one.position - other.position))
}

/**
 * Creates a page of the links nearest to the start. If there are more than `limit`, the next page starts with them,
 * otherwise at `end`.
 */
export function toPage(
  { limit, start }: Pick<ListLinksRequest, 'limit' | 'start'>,
  nearest: readonly ListedLink[],
  end: LinkPosition | null,
): LinkPage {
  const links = nearest.slice(0, limit)
  const next = nearest.length > limit ? (links.at(-1)?.position ?? null) : end
  return { links: start?.direction === 'newer' ? links.toReversed() : links, next }
}
