import type { ChannelFailure } from '../domain/events.ts'
import type { SessionId } from '../domain/session.ts'
import { type MonotonicClock, systemMonotonicClock } from '../ports/clock.ts'
import type { RevocationChannel, RevocationSubscription } from '../ports/revocation-channel.ts'

/** A subscription, and what it has been told. */
export interface Hearing extends AsyncDisposable {
  readonly subscription: RevocationSubscription
  readonly clock: MonotonicClock
  readonly changed: SessionId[]
  readonly interrupted: ChannelFailure[]
  /** How often everything counted as changed. */
  anyChanged(): number
  /**
   * Whether a change of the session has been told, one way or the other, since the last `clear`.
   */
  hasHeardOf(id: SessionId): boolean
  clear(): void
  /** Waits until the channel has proved that it told of all that was committed until now. */
  catchUp(): Promise<void>
}

/** How long a channel may take to prove itself before a case gives up, in ms. */
const patience = 10_000
const leaseDuration = 2_000

/** Listens on a channel and writes down what it tells; `onChanged` is called as well. */
export function listenTo(
  channel: RevocationChannel,
  onChanged: (id: SessionId) => void = () => {},
): Hearing {
  const clock = systemMonotonicClock
  const changed: SessionId[] = []
  const interrupted: ChannelFailure[] = []
  let any = 0
  let anyAtClear = 0
  const subscription = channel.subscribe({
    clock,
    leaseDuration,
    listener: {
      changed(id) {
        changed.push(id)
        onChanged(id)
      },
      anyChanged() {
        any += 1
      },
      delayed() {},
      interrupted: (why) => interrupted.push(why),
    },
  })

  return {
    subscription,
    clock,
    changed,
    interrupted,
    anyChanged: () => any,
    hasHeardOf: (id) => any > anyAtClear || changed.includes(id),
    clear() {
      changed.length = 0
      anyAtClear = any
    },
    async catchUp() {
      const from = clock.now()
      while (subscription.provenAt() < from) {
        if (clock.now() - from > patience) throw new Error('The channel does not prove itself')
        subscription.prove()
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    },
    [Symbol.asyncDispose]: () => subscription.close(),
  }
}
