import type { Milliseconds } from '../../domain/time.ts'
import type { MonotonicClock } from '../../ports/clock.ts'

/** Words that a connection sends to itself. Each that is heard proves what was told before it. */
export interface Heartbeat {
  /** Sends one: now, or once the one under way is answered, for that may have been sent too early. */
  send(): void
  /** Takes note of a word, and returns when it was sent; `null` unless it is the last one. */
  receive(payload: string): Milliseconds | null
  /** Whether one is too long under way, or was answered and not heard until the next was due. */
  isMissed(): boolean
}

export interface HeartbeatOptions {
  readonly clock: MonotonicClock
  readonly leaseDuration: Milliseconds
  /** Sends a word; resolves when the database has answered. Never rejects. */
  readonly send: (payload: string) => Promise<void>
}

export function createHeartbeat({ clock, leaseDuration, send }: HeartbeatOptions): Heartbeat {
  let last = { number: 0, sentAt: clock.now() }
  let receivedNumber = 0
  let isInFlight = false
  let isQueued = false

  async function sendNow(): Promise<void> {
    isInFlight = true
    isQueued = false
    last = { number: last.number + 1, sentAt: clock.now() }
    await send(String(last.number))
    isInFlight = false
    if (isQueued) await sendNow()
  }

  return {
    send() {
      if (isInFlight) isQueued = true
      else void sendNow()
    },
    receive(payload) {
      if (payload !== String(last.number)) return null
      receivedNumber = last.number
      return last.sentAt
    },
    isMissed: () =>
      isInFlight ? clock.now() - last.sentAt >= leaseDuration : receivedNumber < last.number,
  }
}
