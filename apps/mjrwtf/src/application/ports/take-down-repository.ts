import type { TakeDown } from '../../domain/take-down.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** A link of any user, as the operator sees it. */
export interface FoundLink {
  readonly shortCode: string
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

/** Links of all users, for the operator. Rejects with `RepositoryError` only. */
export interface TakeDownRepository {
  /**
   * The link with that short code first, then the newest with that text in their destination, also removed ones. Reads all
   * links.
   */
  find(request: FindLinksRequest): Promise<readonly FoundLink[]>
  findByCode(shortCode: string): Promise<FoundLink | null>
  /** Takes down a link that is not. Of parallel calls exactly one returns `true`. */
  takeDown(shortCode: string, takeDown: TakeDown): Promise<boolean>
  /** Returns `false` if the link is not taken down. */
  restore(shortCode: string): Promise<boolean>
}
