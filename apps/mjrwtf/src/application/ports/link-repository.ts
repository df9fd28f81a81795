import type { Link } from '../../domain/link.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** A link as its owner asks for it. */
export interface OwnLink {
  readonly ownerId: UserId
  readonly shortCode: string
}

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

export interface LinkChanges {
  readonly destination?: string
  readonly expiresAt?: Instant | null
}

/** A link as a visitor meets it. */
export interface ResolvedLink extends Link {
  readonly removedAt: Instant | null
}

/** `owner-gone`: the account was deleted meanwhile, and the code was not given away. */
export type AddLinkResult = 'added' | 'short-code-taken' | 'owner-deleted'

/**
 * Keeps links. Where a user is named, only that user's links are seen or changed, and removed ones
 * not at all. Rejects with `RepositoryError` only.
 */
export interface LinkRepository {
  /** Adds the link, unless its short code was ever given away: of two at once exactly one is added. */
  add(link: Link): Promise<AddLinkResult>
  /** By short code, case and all: expired or removed or not. One read of one index. */
  resolve(shortCode: string): Promise<ResolvedLink | null>
  /** Whether the code was ever given to a link, which may be gone with its owner's account. */
  isCodeUsed(shortCode: string): Promise<boolean>
  findOwn(link: OwnLink): Promise<LinkWithClicks | null>
  list(request: ListLinksRequest): Promise<LinkPage>
  count(ownerId: UserId): Promise<LinkTotals>
  /** `false` when there is no such link. */
  edit(link: OwnLink, changes: LinkChanges): Promise<boolean>
  /** `false` when there is no such link. */
  remove(link: OwnLink, at: Instant): Promise<boolean>
}
