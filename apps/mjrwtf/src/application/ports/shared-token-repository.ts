import type { SharedTokenUse } from '../../domain/shared-token.ts'
import type { Instant } from '../../domain/time.ts'

/** Stores who uses the shared tokens. Rejects with `RepositoryError` only. */
export interface SharedTokenRepository {
  /**
   * Adds to the stored uses. Of each token, it stores up to `maxClientsPerToken` clients; further ones count as
   * `otherClients`. If the response of the database is lost, a repetition counts twice.
   */
  addUses(uses: readonly SharedTokenUse[]): Promise<void>
  /** All uses, the latest first. */
  list(): Promise<readonly SharedTokenUse[]>
  /** Since when the tokens are deprecated: `at` in the first call, and the same in every later one. */
  startDeprecation(at: Instant): Promise<Instant>
  /** Forgets since when, for tokens that are no longer deprecated. */
  endDeprecation(): Promise<void>
  /** Deletes uses whose last one was before the instant. Returns whether there may be more. */
  purgeBatch(lastUsedBefore: Instant): Promise<boolean>
}
