import type { Link, LinkDetails } from '../../domain/link.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** Identifies a link that the user owns. */
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
  /** Text to search for in short codes and destinations, ignoring case; empty for all links. */
  readonly query: string
}

export interface LinkWithClicks extends Link {
  readonly clickCount: number
}

export interface LinkPage {
  /** Newest first. */
  readonly links: readonly LinkWithClicks[]
  /** Number of matching links on all pages. */
  readonly total: number
}

export interface LinkTotals {
  readonly links: number
  readonly clicks: number
}

export type LinkChanges = Partial<LinkDetails>

/** The link of a short code, including a removed one. */
export interface ResolvedLink extends Link {
  readonly removedAt: Instant | null
}

/** `owner-deleted`: the account was deleted in the meantime. The short code is still available. */
export type AddLinkResult = 'added' | 'short-code-taken' | 'owner-deleted'

/**
 * Stores links. An operation with an `ownerId` sees and changes only the links of that user that are not removed.
 * Rejects with `RepositoryError` only.
 */
export interface LinkRepository {
  /** Adds the link if its short code was never used. Of two parallel calls with one code, exactly one adds a link. */
  add(link: Link): Promise<AddLinkResult>
  /** Finds a link by its case-sensitive short code, even if it has expired or was removed. One read of one index. */
  resolve(shortCode: string): Promise<ResolvedLink | null>
  /** Whether the code ever belonged to a link, which may have been deleted with its owner's account. */
  isCodeUsed(shortCode: string): Promise<boolean>
  findOwn(link: OwnLink): Promise<LinkWithClicks | null>
  list(request: ListLinksRequest): Promise<LinkPage>
  count(ownerId: UserId): Promise<LinkTotals>
  /** Returns `false` if there is no such link. */
  edit(link: OwnLink, changes: LinkChanges): Promise<boolean>
  /** Returns `false` if there is no such link. */
  remove(link: OwnLink, at: Instant): Promise<boolean>
}
