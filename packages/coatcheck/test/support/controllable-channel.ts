import type { ChannelFailure } from '../../src/domain/events.ts'
import type { RevocationChannel, RevocationListener } from '../../src/ports/revocation-channel.ts'

/** A channel whose notifications a test can hold back. */
export interface ControllableChannel {
  readonly channel: RevocationChannel
  /** Queues notifications, and stops `freshAsOf` from advancing. */
  pause(): void
  /** Delivers the queued notifications. */
  resume(): void
  /** Reports an interruption, like a lost connection. */
  interrupt(failure: ChannelFailure): void
  /** Number of heartbeat requests. */
  heartbeatCount(): number
  readonly listeners: Set<RevocationListener>
}

export function createControllableChannel(channel: RevocationChannel): ControllableChannel {
  const listeners = new Set<RevocationListener>()
  let queued: (() => void)[] | null = null
  let onPause: (() => void)[] = []
  let heartbeatCount = 0

  function deliver(notify: () => void): void {
    if (queued === null) notify()
    else queued.push(notify)
  }

  return {
    listeners,
    heartbeatCount: () => heartbeatCount,
    interrupt(failure) {
      for (const listener of listeners) listener.onInterrupted(failure, 'planned')
    },
    pause() {
      queued = []
      for (const recordFreshness of onPause) recordFreshness()
    },
    resume() {
      const notifications = queued ?? []
      queued = null
      for (const notify of notifications) notify()
    },
    channel: {
      subscribe(options) {
        const { listener, clock } = options
        let freshWhenPaused = clock.now()
        const recordFreshness = () => {
          freshWhenPaused = clock.now()
        }
        onPause.push(recordFreshness)
        listeners.add(listener)
        const inner = channel.subscribe({
          ...options,
          listener: {
            ...listener,
            onChange: (id) => deliver(() => listener.onChange(id)),
            onReset: () => deliver(() => listener.onReset()),
          },
        })
        return {
          freshAsOf: () => (queued === null ? inner.freshAsOf() : freshWhenPaused),
          requestHeartbeat() {
            heartbeatCount += 1
            inner.requestHeartbeat()
          },
          async close() {
            listeners.delete(listener)
            onPause = onPause.filter((each) => each !== recordFreshness)
            await inner.close()
          },
        }
      },
    },
  }
}
