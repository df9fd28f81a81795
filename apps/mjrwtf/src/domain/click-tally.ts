import { type CalendarDay, utcMidnight } from './calendar-day.ts'
import type { Click } from './click.ts'
import { type ClickCell, type ClickDay, otherOrigin, quarterHour } from './click-day.ts'
import type { Instant } from './time.ts'

/** From `start` inclusive to `end` exclusive. */
export interface TimeSpan {
  readonly start: Instant
  readonly end: Instant
}

export interface ClickCount<Key> {
  readonly key: Key
  readonly clicks: number
}

/** Counts clicks by time and by origin. */
export interface ClickTally {
  /** Adds the quarter-hours of a day that lie within one bucket, and returns those that a boundary divides. */
  addDay(day: ClickDay): readonly TimeSpan[]
  /** Adds clicks of the divided quarter-hours. */
  addClicks(clicks: readonly Omit<Click, 'id' | 'linkId'>[]): void
  /** Clicks per bucket, in the order of the buckets. */
  readonly clicks: readonly number[]
  readonly byReferrer: ReadonlyMap<string | null, number>
  readonly byCountry: ReadonlyMap<string | null, number>
  readonly byAgent: ReadonlyMap<string | null, number>
}

/** The buckets are in order and without gaps. Clicks before the first and after the last are not counted. */
export function createClickTally(buckets: readonly TimeSpan[]): ClickTally {
  const clicks = buckets.map(() => 0)
  const byReferrer = new Map<string | null, number>()
  const byCountry = new Map<string | null, number>()
  const byAgent = new Map<string | null, number>()

  function add(bucket: number, origins: Omit<ClickCell, 'slot'>): void {
    clicks[bucket] = (clicks[bucket] ?? 0) + origins.clicks
    increase(byReferrer, origins.referrerHost, origins.clicks)
    increase(byCountry, origins.country, origins.clicks)
    increase(byAgent, origins.agent, origins.clicks)
  }

  return {
    ...{ clicks, byReferrer, byCountry, byAgent },
    addDay({ day, cells }) {
      const places = placeSlots(buckets, day)
      const divided = new Set<TimeSpan>()
      for (const cell of cells) {
        const place = places(cell.slot)
        if (typeof place === 'number') add(place, cell)
        else if (place !== null) divided.add(place)
      }
      return [...divided]
    },
    addClicks(added) {
      for (const click of added) {
        const bucket = findBucket(buckets, click.at)
        if (bucket !== null) add(bucket, { ...click, clicks: click.count })
      }
    },
  }
}

/**
 * Finds the bucket of a quarter-hour: `null` outside of all buckets, or the quarter-hour itself if a boundary divides it.
 * Remembers each result, because a day has many cells for each of its 96 quarter-hours.
 */
function placeSlots(
  buckets: readonly TimeSpan[],
  day: CalendarDay,
): (slot: number) => number | TimeSpan | null {
  const midnight = utcMidnight(day)
  const places = new Map<number, number | TimeSpan | null>()
  return function placeSlot(slot) {
    const start = midnight + slot * quarterHour
    const place = places.get(slot) ?? placeSpan(buckets, { start, end: start + quarterHour })
    places.set(slot, place)
    return place
  }
}

function placeSpan(buckets: readonly TimeSpan[], span: TimeSpan): number | TimeSpan | null {
  const first = findBucket(buckets, span.start)
  if (first !== findBucket(buckets, span.end - 1)) return span
  // Several short buckets may lie within the span.
  const isInside = span.start < (buckets[0]?.start ?? 0) && span.end > (buckets.at(-1)?.end ?? 0)
  return first === null && isInside ? span : first
}

/** Binary search for the bucket that contains the instant. */
function findBucket(buckets: readonly TimeSpan[], at: Instant): number | null {
  let low = 0
  let high = buckets.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const bucket = buckets[middle]
    if (bucket === undefined) return null
    if (at < bucket.start) high = middle - 1
    else if (at >= bucket.end) low = middle + 1
    else return middle
  }
  return null
}

function increase(counts: Map<string | null, number>, key: string | null, clicks: number): void {
  if (key !== otherOrigin) counts.set(key, (counts.get(key) ?? 0) + clicks)
}

/** The most frequent keys, most clicks first, then by name. */
export function topCounts(
  counts: ReadonlyMap<string | null, number>,
  limit: number,
): readonly ClickCount<string | null>[] {
  return [...counts]
    .map(([key, clicks]) => ({ key, clicks }))
    .toSorted((a, b) => b.clicks - a.clicks || compareKeys(a.key, b.key))
    .slice(0, limit)
}

function compareKeys(a: string | null, b: string | null): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  return a < b ? -1 : 1
}
