import type { Instant } from '../../domain/time.ts'

/** The state of a callback that was accepted. */
export interface UsedState {
  readonly hash: string
  /** When its transaction expires. */
  readonly expiresAt: Instant
}

/** States of visits to providers. A state is stored when its callback arrives, so that visits that are never completed write nothing. */
export interface StateRepository {
  /** Returns true for the first call with a hash: of parallel calls, for one. */
  use(state: UsedState): Promise<boolean>
  /** Deletes states that expired until then. Returns whether there may be more. */
  purgeBatch(until: Instant): Promise<boolean>
}
