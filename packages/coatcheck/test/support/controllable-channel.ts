import type { ChannelFailure } from '../../src/domain/events.ts'
import type { RevocationChannel, RevocationListener } from '../../src/ports/revocation-channel.ts'

/** A channel between which and its listeners a test can stand. */
export interface ControllableChannel {
  readonly channel: RevocationChannel
  /** From now on words are kept back, and no later moment is proved. */
  pause(): void
  /** Lets go what was kept back. */
  resume(): void
  /** Tells of an interruption, as a lost connection would. */
  interrupt(failure: ChannelFailure): void
  /** How often a proof was asked for. */
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
      for (const listener of listeners) listener.onInterrupted(failure)
    },
    pause() {
      queued = []
      for (const recordFreshness of onPause) recordFreshness()
    },
    resume() {
      const notifications = queued ?? []
      queued = null
      for (const word of notifications) word()
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
