import type fc from 'fast-check'
import type { RevocationChannel, RevocationListener } from '../../src/ports/revocation-channel.ts'

/**
 * Wraps a store so that fast-check schedules the start and the result of every call. This tests many
 * interleavings of concurrent requests.
 */
export function interleaved<Store extends object>(store: Store, scheduler: fc.Scheduler): Store {
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

/** Delivers the notifications of a channel in order, at times that the scheduler chooses. */
export function delayed(
  channel: RevocationChannel,
  scheduler: fc.Scheduler,
  onNotified: (id: string) => void,
): RevocationChannel {
  return {
    subscribe(options) {
      let last: Promise<unknown> = Promise.resolve()
      const onChange: RevocationListener['onChange'] = (id) => {
        const before = last
        last = scheduler.schedule(Promise.resolve(), 'notification').then(async () => {
          await before
          options.listener.onChange(id)
          onNotified(id)
        })
      }
      return channel.subscribe({ ...options, listener: { ...options.listener, onChange } })
    },
  }
}
