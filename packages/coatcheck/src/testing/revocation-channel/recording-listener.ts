import type { ChannelFailure } from '../../domain/events.ts'
import type { SessionId } from '../../domain/session.ts'
import { type MonotonicClock, systemMonotonicClock } from '../../ports/clock.ts'
import type { RevocationChannel, RevocationSubscription } from '../../ports/revocation-channel.ts'

/** A subscription, and what it has been told. */
export interface RecordingListener extends AsyncDisposable {
  readonly subscription: RevocationSubscription
  readonly clock: MonotonicClock
  readonly changed: SessionId[]
  readonly failures: ChannelFailure[]
  /** How often everything counted as changed. */
  resetCount(): number
  /**
   * Whether a change of the session has been told, one way or the other, since the last `clear`.
   */
  hasReceived(id: SessionId): boolean
  clear(): void
  /** Waits until the channel has proved that it told of all that was committed until now. */
  catchUp(): Promise<void>
}

/** How long a channel may take to prove itself before a case gives up, in ms. */
const timeout = 10_000
const leaseDuration = 2_000

/** Listens on a channel and writes down what it tells; `onChanged` is called as well. */
export function subscribeRecorder(
  channel: RevocationChannel,
  onChanged: (id: SessionId) => void = () => {},
): RecordingListener {
  const clock = systemMonotonicClock
  const changed: SessionId[] = []
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
        if (clock.now() - startedAt > timeout) throw new Error('The channel does not prove itself')
        subscription.requestHeartbeat()
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    },
    [Symbol.asyncDispose]: () => subscription.close(),
  }
}
