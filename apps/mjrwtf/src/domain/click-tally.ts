import { type CalendarDay, utcMidnight } from './calendar-day.ts'
import type { Click } from './click.ts'
import { type OriginName, originNames, otherOrigin } from './click-cell.ts'
import {
  type ClickDay,
  type DaySummary,
  numbersPerCell,
  type PackedCells,
  quarterHour,
} from './click-day.ts'
import type { DaySums } from './click-sums.ts'
import { day, hour, type Instant } from './time.ts'

/** From `start` inclusive to `end` exclusive. */
export interface TimeSpan {
  readonly start: Instant
  readonly end: Instant
}

export interface ClickCount<Key> {
  readonly key: Key
  readonly clicks: number
}

/** Counts clicks by time and by origin, and those of bots apart. */
export interface ClickTally {
  /**
   * Adds a day from its sums. Returns `false`, and adds nothing, if a bucket covers only a part of the day's clicks: add
   * its bots and its cells then.
   */
  addSummary(summary: DaySummary): boolean
  /** Adds the quarter-hours of a day that lie within one bucket, and returns those that a boundary divides. */
  addDay(day: ClickDay): readonly TimeSpan[]
  /** The same for the bots of a day. */
  addBots(summary: DaySummary): readonly TimeSpan[]
  /** Adds clicks of the divided quarter-hours. */
  addClicks(clicks: readonly Omit<Click, 'id' | 'linkId'>[]): void
  /** Clicks per bucket, in the order of the buckets. */
  readonly clicks: readonly number[]
  /** The same of bots. */
  readonly botClicks: readonly number[]
  /** Clicks by hour of the day, 0 to 23. */
  readonly byHour: readonly number[]
  readonly byOrigin: Readonly<Record<OriginName, ReadonlyMap<string | null, number>>>
  readonly byBot: ReadonlyMap<string | null, number>
}

/** The hour of the day at an instant in the time zone of a report, 0 to 23. */
export type HourAt = (instant: Instant) => number

/**
 * The buckets are in order and without gaps. Clicks before the first and after the last are not counted. `hourAt`:
 * default UTC.
 */
export function createClickTally(
  buckets: readonly TimeSpan[],
  hourAt: HourAt = utcHour,
): ClickTally {
  const clicks = buckets.map(() => 0)
  const botClicks = buckets.map(() => 0)
  const byHour = Array.from({ length: 24 }, () => 0)
  const byOrigin = createOriginCounts()
  const byBot = new Map<string | null, number>()

  function addTo(bucket: number, at: Instant, count: number): void {
    clicks[bucket] = (clicks[bucket] ?? 0) + count
    const hourOfDay = hourAt(at)
    byHour[hourOfDay] = (byHour[hourOfDay] ?? 0) + count
  }

  function addBot(bucket: number, name: string | null, count: number): void {
    botClicks[bucket] = (botClicks[bucket] ?? 0) + count
    increase(byBot, name, count)
  }

  /** Adds the bots of whole quarter-hours, and returns those that a boundary divides. */
  function addBotSlots({ bots, origins }: DaySums, placeSlot: PlaceSlot): readonly TimeSpan[] {
    const divided = new Set<TimeSpan>()
    for (let start = 0; start < bots.length; start += 3) {
      const place = placeSlot(bots[start] ?? 0)
      if (typeof place === 'number') {
        addBot(place, origins[bots[start + 1] ?? -1] ?? null, bots[start + 2] ?? 0)
      } else if (place !== null) divided.add(place)
    }
    return [...divided]
  }

  return {
    clicks,
    botClicks,
    byHour,
    byOrigin,
    byBot,
    addSummary({ day, sums }) {
      const placeSlot = createPlaceSlot(buckets, day)
      const placed = placeSlots(sums, placeSlot)
      if (placed === null || hasDividedBots(sums, placeSlot)) return false
      const midnight = utcMidnight(day)
      for (const { bucket, slot, count } of placed) {
        addTo(bucket, midnight + slot * quarterHour, count)
      }
      for (const [kind, name] of originNames.entries()) {
        addCounts(byOrigin[name], sums.origins, sums.counts[kind] ?? [])
      }
      addBotSlots(sums, placeSlot)
      return true
    },
    addDay({ day, cells }) {
      const { places, divided } = placeCells(cells, createPlaceSlot(buckets, day))
      const midnight = utcMidnight(day)
      for (const [cell, bucket] of places.entries()) {
        if (bucket === outside) continue
        const slot = cells.numbers[cell * numbersPerCell] ?? 0
        addTo(bucket, midnight + slot * quarterHour, clicksOfCell(cells, cell))
      }
      for (const [kind, name] of originNames.entries()) {
        addOrigins(byOrigin[name], { cells, places, field: kind + 1 })
      }
      return divided
    },
    addBots({ day, sums }) {
      return addBotSlots(sums, createPlaceSlot(buckets, day))
    },
    addClicks(added) {
      for (const click of added) {
        const bucket = findBucket(buckets, click.at)
        if (bucket === null) continue
        if (click.isBot) addBot(bucket, click.agent, click.count)
        else {
          addTo(bucket, click.at, click.count)
          for (const name of originNames) increase(byOrigin[name], click[name], click.count)
        }
      }
    },
  }
}

function createOriginCounts(): Readonly<Record<OriginName, Map<string | null, number>>> {
  return {
    referrerHost: new Map(),
    country: new Map(),
    agent: new Map(),
    city: new Map(),
    system: new Map(),
    device: new Map(),
  }
}

function utcHour(instant: Instant): number {
  return Math.floor((instant % day) / hour)
}

interface PlacedSlot {
  readonly bucket: number
  readonly slot: number
  readonly count: number
}

/** The clicks of each quarter-hour with its bucket, or `null` if one of them is in none. */
function placeSlots({ slots }: DaySums, placeSlot: PlaceSlot): readonly PlacedSlot[] | null {
  const placed: PlacedSlot[] = []
  for (let start = 0; start < slots.length; start += 2) {
    const slot = slots[start] ?? 0
    const bucket = placeSlot(slot)
    if (typeof bucket !== 'number') return null
    placed.push({ bucket, slot, count: slots[start + 1] ?? 0 })
  }
  return placed
}

function hasDividedBots({ bots }: DaySums, placeSlot: PlaceSlot): boolean {
  for (let start = 0; start < bots.length; start += 3) {
    const place = placeSlot(bots[start] ?? 0)
    if (typeof place !== 'number' && place !== null) return true
  }
  return false
}

function addCounts(
  counts: Map<string | null, number>,
  origins: readonly string[],
  pairs: readonly number[],
): void {
  for (let start = 0; start < pairs.length; start += 2) {
    increase(counts, origins[pairs[start] ?? -1] ?? null, pairs[start + 1] ?? 0)
  }
}

/** In place of a bucket. */
const outside = -1

interface PlacedCells {
  /** The bucket of each cell, or `outside`. */
  readonly places: Int32Array
  readonly divided: readonly TimeSpan[]
}

function placeCells({ numbers }: PackedCells, placeSlot: PlaceSlot): PlacedCells {
  const places = new Int32Array(numbers.length / numbersPerCell).fill(outside)
  const divided = new Set<TimeSpan>()
  for (let cell = 0; cell < places.length; cell += 1) {
    const place = placeSlot(numbers[cell * numbersPerCell] ?? 0)
    if (typeof place === 'number') places[cell] = place
    else if (place !== null) divided.add(place)
  }
  return { places, divided: [...divided] }
}

function clicksOfCell({ numbers }: PackedCells, cell: number): number {
  return numbers[(cell + 1) * numbersPerCell - 1] ?? 0
}

interface OriginField {
  readonly cells: PackedCells
  readonly places: Int32Array
  /** Position of the origin in a cell. */
  readonly field: number
}

/** Sums by index first: a day has fewer origins than cells. */
function addOrigins(
  counts: Map<string | null, number>,
  { cells, places, field }: OriginField,
): void {
  const { origins, numbers } = cells
  // The index of `null` is -1.
  const sums = new Float64Array(origins.length + 1)
  for (let cell = 0; cell < places.length; cell += 1) {
    if (places[cell] === outside) continue
    const index = (numbers[cell * numbersPerCell + field] ?? -1) + 1
    sums[index] = (sums[index] ?? 0) + clicksOfCell(cells, cell)
  }
  for (let index = 0; index < sums.length; index += 1) {
    const sum = sums[index] ?? 0
    if (sum > 0) increase(counts, origins[index - 1] ?? null, sum)
  }
}

/** Returns the bucket of a quarter-hour: `null` outside of all buckets, or the quarter-hour itself if a boundary divides it. */
type PlaceSlot = (slot: number) => number | TimeSpan | null

/** Remembers each result, because a day has many cells for each of its 96 quarter-hours. */
function createPlaceSlot(buckets: readonly TimeSpan[], day: CalendarDay): PlaceSlot {
  const midnight = utcMidnight(day)
  const places: (ReturnType<PlaceSlot> | undefined)[] = []
  return function placeSlot(slot) {
    const known = places[slot]
    if (known !== undefined) return known
    const start = midnight + slot * quarterHour
    const place = placeSpan(buckets, { start, end: start + quarterHour })
    places[slot] = place
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

/** Binary search for the bucket that contains the instant; `null` if there is none. */
export function findBucket(buckets: readonly TimeSpan[], at: Instant): number | null {
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
