import type { Instant } from '../../domain/time.ts'
import type { UnknownCode } from '../../domain/unknown-code.ts'

/** Counts visits to codes that no link has. Rejects with `RepositoryError` only. */
export interface UnknownCodeRepository {
  /**
   * Adds visits, then deletes all but `maxUnknownCodes` codes. A write that is repeated after a lost response counts
   * twice.
   */
  add(visits: readonly UnknownCode[]): Promise<void>
  /** Most visits first, at most `maxUnknownCodes`. */
  list(limit: number): Promise<readonly UnknownCode[]>
  /** Deletes codes that were last visited before the instant, in short steps. Returns whether there may be more. */
  purgeBatch(lastVisitBefore: Instant): Promise<boolean>
}

/** Queues a visit to be counted. Returns immediately and never throws. */
export type UnknownCodeSink = (visit: UnknownCode) => void
