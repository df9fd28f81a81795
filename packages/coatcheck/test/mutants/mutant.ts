import type { SessionStore } from '../../src/ports/session-store.ts'
import type { MemoryState } from '../../src/stores/memory/state.ts'

/** A bug found in other session stores, and the theme of the contract that must catch it. */
export interface Mutant {
  readonly bug: string
  readonly theme: string
  /** Whether the model check catches it too. Its histories use few texts and few instants. */
  readonly caughtByModel: boolean
  /** Returns the operations with the bug. */
  mutate(original: SessionStore, state: MemoryState): Partial<SessionStore>
}

/** Lets other operations run, as between a check and a write that are not atomic. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
