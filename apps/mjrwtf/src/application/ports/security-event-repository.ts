import type { SecurityEvent, SecurityEventKind } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { EntryPlace, PageStart } from './paging.ts'

export interface ListSecurityEventsRequest {
  readonly userId: UserId
  /** `null` for all kinds. */
  readonly kinds: readonly SecurityEventKind[] | null
  /** At least 1. */
  readonly limit: number
  /** `null` for the newest events. */
  readonly start: PageStart<EntryPlace> | null
}

export interface SecurityEventPage {
  /** Newest first. */
  readonly events: readonly SecurityEvent[]
  /** Whether the list continues in the direction of the start. */
  readonly hasMore: boolean
}

/**
 * Stores security events, append-only. The table rejects updates, and deletes except of deleted users and by `purgeBatch`.
 * Rejects with `RepositoryError` only.
 */
export interface SecurityEventRepository {
  /** Adds the batch in one step. Ignores an event that exists already or whose user was deleted. */
  add(events: readonly SecurityEvent[]): Promise<void>
  /** Lists events of that user only. */
  list(request: ListSecurityEventsRequest): Promise<SecurityEventPage>
  /** Removes a batch of older events, and stores `before` as the start of the log. Returns whether there may be more. */
  purgeBatch(before: Instant): Promise<boolean>
}

/** Queues a security event to be stored. Returns immediately and never throws. */
export type SecurityEventSink = (event: SecurityEvent) => void
