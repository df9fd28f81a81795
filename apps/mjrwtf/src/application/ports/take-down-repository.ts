import type { LinkId } from '../../domain/link.ts'
import type { TakeDown } from '../../domain/take-down.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { EntryPlace, PageStart } from './paging.ts'

/** A link of any user, as the operator sees it. */
export interface FoundLink {
  readonly id: LinkId
  readonly shortCode: string
  /** Host of the short link, or `null` for the default one. */
  readonly domain: string | null
  readonly destination: string
  readonly ownerId: UserId
  readonly ownerEmail: string
  readonly createdAt: Instant
  readonly expiresAt: Instant | null
  readonly removedAt: Instant | null
  readonly takeDown: TakeDown | null
  readonly clickCount: number
}

export interface FindLinksRequest {
  /** A short code, or a part of the destination, literally and ignoring the case of A to Z. */
  readonly text: string
  readonly limit: number
}

/** Which links of all users a list has. */
export type LinkFilter =
  | { readonly by: 'all' }
  | { readonly by: 'owner'; readonly ownerId: UserId }
  /** The host of the destination, in lower case and Punycode, with its port unless it is the default. */
  | { readonly by: 'host'; readonly host: string }

export interface ListAllLinksRequest {
  readonly filter: LinkFilter
  /** `null` for the newest links. */
  readonly start: PageStart<EntryPlace> | null
  readonly limit: number
}

export interface AllLinksPage {
  /** Newest first, also removed ones. */
  readonly links: readonly FoundLink[]
  readonly hasMore: boolean
}

/** Links of all users, for the operator. Rejects with `RepositoryError` only. */
export interface TakeDownRepository {
  /**
   * The link with that short code first, then the newest with that text in their destination, also removed ones. Reads all
   * links.
   */
  find(request: FindLinksRequest): Promise<readonly FoundLink[]>
  /** The link with that code, also a further one, ignoring case. `null` if several links have it, from older versions. */
  findByAnyCode(code: string): Promise<FoundLink | null>
  findById(id: LinkId): Promise<FoundLink | null>
  /** One page of the links. Reads it from an index, however many links there are. */
  list(request: ListAllLinksRequest): Promise<AllLinksPage>
  /** Takes down a link that is not, also while it is renamed. Of parallel calls exactly one returns `true`. */
  takeDown(id: LinkId, takeDown: TakeDown): Promise<boolean>
  /** Returns `false` if the link is not taken down. */
  restore(id: LinkId): Promise<boolean>
}
