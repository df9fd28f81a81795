import { type CalendarDay, utcDay } from './calendar-day.ts'
import { hour, type Instant } from './time.ts'

/** The visitors of a link in a day of UTC. */
export interface VisitorDay {
  /** Pairs of quarter-hour and visitors whose first visit of the day was then. */
  readonly slots: readonly number[]
  /** The smallest hashes of the visitors, ascending. */
  readonly sketch: readonly number[]
}

/** A visit by the hash of its visitor, an integer from 0 to `2 ** hashBits` - 1 with uniform distribution. */
export interface HashedVisit {
  readonly slot: number
  readonly hash: number
}

/** How long the hashes of a day remain after it, so that visits of its last minutes are counted once. */
const saltRetention = hour

/** The first day whose hashes are still needed. */
export function firstSaltedDay(now: Instant): CalendarDay {
  return utcDay(now - saltRetention)
}

export const noVisitors: VisitorDay = { slots: [], sketch: [] }

/** Two of a million visitors have the same hash with a probability of 1 in 560. */
export const hashBits = 48

/**
 * Hashes that are kept. Up to so many visitors of a day are counted exactly; more are estimated from the greatest of the
 * kept hashes, with a standard error of 3 % (k minimum values: Bar-Yossef et al., Counting Distinct Elements in a Data
 * Stream, 2002).
 */
export const maxHashes = 1_024

/** Adds visits. A visitor who has visited before changes nothing, so that visits may be added again. */
export function addVisits(day: VisitorDay, visits: readonly HashedVisit[]): VisitorDay {
  const slots = new Map<number, number>()
  for (let start = 0; start < day.slots.length; start += 2) {
    slots.set(day.slots[start] ?? 0, day.slots[start + 1] ?? 0)
  }
  const sketch = [...day.sketch]
  let total = visitorsOf(day)
  for (const { slot, hash } of visits) {
    if (!insert(sketch, hash)) continue
    // The estimate varies, but visitors do not become fewer.
    const added = Math.max(0, estimate(sketch) - total)
    if (added > 0) slots.set(slot, (slots.get(slot) ?? 0) + added)
    total += added
  }
  return { slots: [...slots].flat(), sketch }
}

/** The number of visitors of the day. */
export function visitorsOf({ slots }: VisitorDay): number {
  return slots.reduce((sum, each, index) => (index % 2 === 1 ? sum + each : sum), 0)
}

/** Returns `false` if the sketch has the hash, or has only smaller ones. */
function insert(sketch: number[], hash: number): boolean {
  let low = 0
  let high = sketch.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sketch[middle] ?? 0) < hash) low = middle + 1
    else high = middle
  }
  if (sketch[low] === hash || low >= maxHashes) return false
  sketch.splice(low, 0, hash)
  if (sketch.length > maxHashes) sketch.pop()
  return true
}

function estimate(sketch: readonly number[]): number {
  if (sketch.length < maxHashes) return sketch.length
  const greatest = sketch.at(-1) ?? 0
  return Math.round(((maxHashes - 1) * 2 ** hashBits) / greatest)
}
