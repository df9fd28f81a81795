import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { MemoryState } from './state.ts'

/**
 * Tells of what happens to a state. Nothing lies between, so every moment is proved when it comes.
 */
export function createRevocationChannel(state: MemoryState): RevocationChannel {
  return {
    subscribe({ listener, clock }) {
      state.listeners.add(listener.onChange)
      listener.onReset()
      let closed = false
      return {
        freshAsOf: () => (closed ? Number.NEGATIVE_INFINITY : clock.now()),
        requestHeartbeat() {},
        async close() {
          closed = true
          state.listeners.delete(listener.onChange)
        },
      }
    },
  }
}
