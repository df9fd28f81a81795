import type { SessionId } from '../../domain/session.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'

/** Functions that the memory store calls, before the operation returns, with each session it changes. */
export type ChangeListeners = Set<(id: SessionId) => void>

/** Creates the channel of a memory store. Notifications are synchronous, so it is always fresh. */
export function createRevocationChannel(listeners: ChangeListeners): RevocationChannel {
  return {
    subscribe({ listener, clock }) {
      listeners.add(listener.onChange)
      listener.onReset()
      let closed = false
      return {
        freshAsOf: () => (closed ? Number.NEGATIVE_INFINITY : clock.now()),
        requestHeartbeat() {},
        async close() {
          closed = true
          listeners.delete(listener.onChange)
        },
      }
    },
  }
}
