import type { ChainWriter } from '../../domain/chain-writer.ts'
import type { SecurityEvent, SecurityEventKind } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { ChainContext } from './chain-keys.ts'
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

/** What a change found at the head of the chain. */
export interface ChainOutcome {
  /** As `ChainWriter.condition`. */
  readonly condition: ChainWriter['condition']
  /** Whether anything was written. */
  readonly changed: boolean
}

export interface AdoptedEvents extends ChainOutcome {
  /** Number of events that were added to the chain. */
  readonly count: number
}

/**
 * Stores security events, append-only, as a hash chain (decision 060). The table rejects updates, and deletes except of
 * deleted users and by `purgeBatch`. Each change of the chain is one transaction that signs the new head; concurrent ones
 * run one after the other, so that the chain has no gap. Rejects with `RepositoryError` only.
 */
export interface SecurityEventRepository {
  /**
   * Adds the batch in one step, in the order of the batch. Ignores an event that exists already or whose user was deleted,
   * so a batch may be repeated after a lost response.
   */
  add(events: readonly SecurityEvent[], chain: ChainContext): Promise<ChainOutcome>
  /**
   * Adds a batch of events of an earlier release, which have no place in the chain, while the chain accepts them: until a
   * day after it was started. Also starts the chain, and signs its head with the newest key.
   */
  adoptBatch(chain: ChainContext): Promise<AdoptedEvents>
  /** Lists events of that user only. */
  list(request: ListSecurityEventsRequest): Promise<SecurityEventPage>
  /**
   * Removes a batch of older events, and stores `before` as the start of the log. Returns whether there may be more. The
   * chain then starts after them. Only the content of an event is removed if it is a day older than an event before it in
   * the chain.
   */
  purgeBatch(before: Instant, chain: ChainContext): Promise<boolean>
}

/** Queues a security event to be stored. Returns immediately and never throws. */
export type SecurityEventSink = (event: SecurityEvent) => void
