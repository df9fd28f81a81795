import type fc from 'fast-check'
import type { SessionStore } from '../../src/ports/session-store.ts'

/**
 * Wraps a store so that fast-check schedules the start and the result of every call. This tests many
 * interleavings of concurrent requests.
 */
export function interleaved(store: SessionStore, scheduler: fc.Scheduler): SessionStore {
  return new Proxy(store, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), `before ${String(name)}`)
        const result: unknown = await value.apply(target, args)
        await scheduler.schedule(Promise.resolve(), `after ${String(name)}`)
        return result
      }
    },
  })
}
