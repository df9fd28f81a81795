import type { Milliseconds } from '../../domain/time.ts'
import type { MonotonicClock } from '../../ports/clock.ts'

/** Words that a connection sends to itself. Each that is heard proves what was told before it. */
export interface OwnWords {
  /** Sends one: now, or once the one under way is answered, for that may have been sent too early. */
  send(): void
  /** Takes note of a word, and returns when it was sent; `null` unless it is the last one. */
  hear(word: string): Milliseconds | null
  /** Whether one is too long under way, or was answered and not heard until the next was due. */
  areLost(): boolean
}

export interface OwnWordsParts {
  readonly clock: MonotonicClock
  readonly leaseDuration: Milliseconds
  /** Sends a word; resolves when the database has answered. Never rejects. */
  readonly send: (word: string) => Promise<void>
}

export function createOwnWords({ clock, leaseDuration, send }: OwnWordsParts): OwnWords {
  let last = { number: 0, sentAt: clock.now() }
  let heardNumber = 0
  let isUnderWay = false
  let isAnotherDue = false

  async function sendNow(): Promise<void> {
    isUnderWay = true
    isAnotherDue = false
    last = { number: last.number + 1, sentAt: clock.now() }
    await send(String(last.number))
    isUnderWay = false
    if (isAnotherDue) await sendNow()
  }

  return {
    send() {
      if (isUnderWay) isAnotherDue = true
      else void sendNow()
    },
    hear(word) {
      if (word !== String(last.number)) return null
      heardNumber = last.number
      return last.sentAt
    },
    areLost: () =>
      isUnderWay ? clock.now() - last.sentAt >= leaseDuration : heardNumber < last.number,
  }
}
