import type { Link, LinkDetails } from '../../domain/link.ts'
import type { TakeDown } from '../../domain/take-down.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** Identifies a link that the user owns. */
export interface OwnLink {
  readonly ownerId: UserId
  readonly shortCode: string
}

export interface LinkWithClicks extends Link {
  readonly clickCount: number
  /** `null` for a link that the operator has not taken down. */
  readonly takeDown: TakeDown | null
}

export interface LinkTotals {
  readonly links: number
  readonly clicks: number
}

export type LinkChanges = Partial<LinkDetails>

/** The link of a short code, including a removed one. */
export interface ResolvedLink extends Link {
  readonly removedAt: Instant | null
  readonly takeDown: TakeDown | null
}

/** A code that belongs, or once belonged, to a link. */
export interface FoundCode {
  readonly code: string
  /** See `codeKey`. */
  readonly key: string
  /** `null` if the code was removed from its link, or the link deleted with its owner's account. */
  readonly link: ResolvedLink | null
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
  /**
   * Finds a link by its main short code, in that case, even if it has expired or was removed, unless its owner's account
   * was deleted. Reads one row of each of two tables.
   */
  resolve(shortCode: string): Promise<ResolvedLink | null>
  /**
   * Finds all codes that ever belonged to a link and have one of the keys, at most 20, in one statement that reads them
   * from an index.
   */
  findCodes(keys: readonly string[]): Promise<readonly FoundCode[]>
  /** Finds a link by any of its codes: by the exact one, or else if all codes that differ by case lead to the link. */
  findOwn(link: OwnLink): Promise<LinkWithClicks | null>
  count(ownerId: UserId): Promise<LinkTotals>
  /** Returns `false` if there is no such link, or if it is taken down: no change makes it redirect. */
  edit(link: OwnLink, changes: LinkChanges): Promise<boolean>
  /** Returns `false` if there is no such link. */
  remove(link: OwnLink, at: Instant): Promise<boolean>
}
