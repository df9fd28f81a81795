import { type Milliseconds, second } from '../domain/time.ts'
import type { SessionsContext } from './context.ts'

/** Clocks that are synchronized with NTP differ by far less. */
const tolerance: Milliseconds = 2 * second

/** A measurement is uncertain by half the time until the answer; a slower one is ignored. */
const maxRoundTrip: Milliseconds = second

/**
 * Creates a function that compares the clock of this process with the store's, and reports a difference
 * that is certainly larger than the tolerance. A failing store is reported by itself.
 */
export function createClockCheck<Data>({ store, clock, report }: SessionsContext<Data>) {
  let reported: Milliseconds | null = null

  return async function checkClock(): Promise<void> {
    const measured = await measure().catch(() => null)
    if (measured === null) return
    const { skew, uncertainty } = measured
    if (Math.abs(skew) - uncertainty <= tolerance) {
      reported = null
    } else if (reported === null || Math.abs(skew - reported) > tolerance) {
      reported = skew
      report({ type: 'clock-skewed', at: clock.now(), skew })
    }
  }

  async function measure() {
    if (store.currentTime === undefined) return null
    const before = clock.now()
    const current = await store.currentTime()
    if (current === null) return null
    const roundTrip = clock.now() - before
    // Negative if the clock was set meanwhile.
    if (roundTrip < 0 || roundTrip > maxRoundTrip) return null
    return { skew: Math.round(before + roundTrip / 2 - current), uncertainty: roundTrip / 2 }
  }
}
