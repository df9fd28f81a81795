import type { ChannelFailure } from '../../domain/events.ts'
import type { RevocationChannel, RevocationSubscription } from '../../ports/revocation-channel.ts'
import { type MonotonicClock, systemMonotonicClock } from '../../ports/system.ts'

/** A subscription that records what its listener receives. */
export interface RecordingListener extends AsyncDisposable {
  readonly subscription: RevocationSubscription
  readonly clock: MonotonicClock
  readonly changed: string[]
  readonly failures: ChannelFailure[]
  /** Number of resets. */
  resetCount(): number
  /** Whether a change of the session or grant, or a reset was received since the last `clear`. */
  hasReceived(id: string): boolean
  clear(): void
  /** Waits until every change committed before the call has been received. */
  catchUp(): Promise<void>
}

/** Maximum time until the channel is fresh, in ms. */
const timeout = 10_000
const leaseDuration = 2_000

/** Subscribes to a channel and records what it receives. `onChanged` is called too. */
export function subscribeRecorder(
  channel: RevocationChannel,
  onChanged: (id: string) => void = () => {},
): RecordingListener {
  const clock = systemMonotonicClock
  const changed: string[] = []
  const failures: ChannelFailure[] = []
  let resets = 0
  let resetsAtClear = 0
  const subscription = channel.subscribe({
    clock,
    leaseDuration,
    listener: {
      onChange(id) {
        changed.push(id)
        onChanged(id)
      },
      onReset() {
        resets += 1
      },
      onLatency() {},
      onInterrupted: (failure) => failures.push(failure),
    },
  })

  return {
    subscription,
    clock,
    changed,
    failures,
    resetCount: () => resets,
    hasReceived: (id) => resets > resetsAtClear || changed.includes(id),
    clear() {
      changed.length = 0
      resetsAtClear = resets
    },
    async catchUp() {
      const startedAt = clock.now()
      while (subscription.freshAsOf() < startedAt) {
        if (clock.now() - startedAt > timeout)
          throw new Error('The channel did not become fresh in time')
        subscription.requestHeartbeat()
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    },
    [Symbol.asyncDispose]: () => subscription.close(),
  }
}
