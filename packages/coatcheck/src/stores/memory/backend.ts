import type { SessionBackend } from '../../ports/session-backend.ts'
import { createMemorySessionStore } from './session-store.ts'

/** Sessions in the memory of this process, which end with it: for tests and first steps. */
export function memory(): SessionBackend {
  const store = createMemorySessionStore()
  return {
    async open({ channel }) {
      return { store, channel: channel ? store.revocations : null, async close() {} }
    },
  }
}
