import type { UserId } from '../../domain/user.ts'
import type {
  LinkPage,
  LinkRepository,
  LinkTotals,
  ListLinksRequest,
} from '../ports/link-repository.ts'

/** One page of somebody's own links; removed ones are gone from it. */
export type ListLinks = (request: ListLinksRequest) => Promise<LinkPage>

/** What a dashboard says at the top: all of somebody's links and their clicks. */
export type CountLinks = (ownerId: UserId) => Promise<LinkTotals>

export function createListLinks(ports: { readonly links: LinkRepository }): ListLinks {
  return async function listLinks(request) {
    // No link holds a NUL, and PostgreSQL takes none.
    if (request.query.includes('\0')) return { links: [], total: 0 }
    return ports.links.list(request)
  }
}

export function createCountLinks(ports: { readonly links: LinkRepository }): CountLinks {
  return function countLinks(ownerId) {
    return ports.links.count(ownerId)
  }
}
