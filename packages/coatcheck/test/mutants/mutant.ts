import type { SessionStore } from '../../src/ports/session-store.ts'
import type { MemoryState } from '../../src/stores/memory/state.ts'

/** A store with a bug that somebody's store has had, and the part of the contract that must see it. */
export interface Mutant {
  readonly bug: string
  readonly theme: string
  /** Whether generated histories see it too. They know few texts and few instants. */
  readonly caughtByModel: boolean
  /** The operations that are not as they should be. */
  mutate(original: SessionStore, state: MemoryState): Partial<SessionStore>
}

/** Lets everything else that is waiting run first: the gap between a check and a write. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
