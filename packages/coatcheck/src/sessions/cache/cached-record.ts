import type { UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'

/** A record that the cache can hold: of a session, or of a grant. */
export interface CachedRecord {
  readonly id: string
  readonly userId: UserId
  /** One that has ended never becomes active again. */
  readonly endedAt: Instant | null
}

/** What the cache must know about a kind of record. */
export interface RecordKind<Cached extends CachedRecord> {
  /** Whether two results of reading one record differ in activity at most. */
  isSameVersion(one: Cached, other: Cached): boolean
  /** Estimated size in bytes, for the limit of the cache. */
  estimateSize(record: Cached): number
}
