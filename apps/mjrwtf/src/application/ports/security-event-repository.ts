import type { SecurityEvent, SecurityEventKind } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

export interface ListSecurityEventsRequest {
  readonly userId: UserId
  /** Which kinds, or `null` for all. */
  readonly kinds: readonly SecurityEventKind[] | null
  /** At least 1. */
  readonly limit: number
  /** 0 or more. */
  readonly offset: number
}

export interface SecurityEventPage {
  /** Newest first. */
  readonly events: readonly SecurityEvent[]
  /** How many there are of those kinds, on all pages. */
  readonly total: number
}

/**
 * Keeps security events: adds and reads them, and changes none. Its table refuses every change, and every
 * removal but two: with the account, and by `purge`. Rejects with `RepositoryError` only.
 */
export interface SecurityEventRepository {
  /** Adds the batch in one step. An event that is there already, or whose user is gone, is left out. */
  add(events: readonly SecurityEvent[]): Promise<void>
  /** Events of that user alone. */
  list(request: ListSecurityEventsRequest): Promise<SecurityEventPage>
  /** Removes what happened before, and writes down until when that was done. */
  purge(before: Instant): Promise<void>
}

/** Takes events off the request's hands and sees to it that they are kept. Never waits, never throws. */
export type SecurityEventSink = (event: SecurityEvent) => void
