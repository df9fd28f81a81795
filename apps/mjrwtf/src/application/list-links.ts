import type { Link } from '../domain/link.ts'
import type { UserId } from '../domain/user.ts'
import type { LinkRepository } from './ports/link-repository.ts'

export interface ListLinksRequest {
  readonly ownerId: UserId
  /** 1 to 100. */
  readonly limit: number
  /** 0 or more. */
  readonly offset: number
  /** Text to look for in short codes and destinations, in any case; empty for all. */
  readonly query: string
}

export interface LinkWithClicks extends Link {
  readonly clickCount: number
}

export interface LinkPage {
  /** Newest first. */
  readonly links: readonly LinkWithClicks[]
  /** How many links match, on all pages. */
  readonly total: number
}

export interface LinkTotals {
  readonly links: number
  readonly clicks: number
}

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
