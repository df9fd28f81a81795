import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { MemoryState } from './state.ts'

/**
 * Tells of what happens to a state. Nothing lies between, so every moment is proved when it comes.
 */
export function revocationChannelOver(state: MemoryState): RevocationChannel {
  return {
    subscribe({ listener, clock }) {
      state.listeners.add(listener.changed)
      listener.anyChanged()
      let closed = false
      return {
        provenAt: () => (closed ? Number.NEGATIVE_INFINITY : clock.now()),
        prove() {},
        async close() {
          closed = true
          state.listeners.delete(listener.changed)
        },
      }
    },
  }
}
