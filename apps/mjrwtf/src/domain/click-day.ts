import { type CalendarDay, utcDay, utcMidnight } from './calendar-day.ts'
import type { Click } from './click.ts'
import { type Instant, minute } from './time.ts'

/** The precision of counts: every time zone in use is offset from UTC by whole quarter-hours. */
export const quarterHour = 15 * minute

/** The clicks of one quarter-hour with the same origins. */
export interface ClickCell {
  /** Number of the quarter-hour in its day, 0 to 95. */
  readonly slot: number
  readonly referrerHost: string | null
  readonly country: string | null
  readonly agent: string | null
  readonly clicks: number
}

/**
 * Cells without an object for each, because a report reads up to 1,000 for each day of a year: the distinct origins, and
 * five numbers per cell: quarter-hour, referrer, country, agent (indexes of origins, -1 for `null`) and clicks.
 */
export interface PackedCells {
  readonly origins: readonly string[]
  readonly numbers: readonly number[]
}

export const numbersPerCell = 5

/** The clicks on one link in one day of UTC. */
export interface ClickDay {
  readonly day: CalendarDay
  readonly cells: PackedCells
}

/** The sums of a day's cells: all that a report needs if it covers the whole day, and a tenth of their size. */
export interface DaySummary {
  readonly day: CalendarDay
  readonly sums: DaySums
}

export interface DaySums {
  /** Pairs of quarter-hour and clicks. */
  readonly slots: readonly number[]
  readonly origins: readonly string[]
  /** For referrers, countries and agents, pairs of index of the origin (-1 for `null`) and clicks. */
  readonly counts: readonly (readonly number[])[]
}

/** In place of an origin that is not counted separately. No host, country or browser has this name. */
export const otherOrigin = '*'

/** The click with origins that are not counted separately. */
export function withoutOrigins(click: Click): Click {
  return { ...click, referrerHost: otherOrigin, country: otherOrigin, agent: otherOrigin }
}

/** Visitors can invent any number of referrers. `docs/limits.md` has the effects. */
export const cellLimits = {
  /** Cells of a day after which new referrers are not counted separately. */
  withReferrer: 600,
  /** Cells of a day after which no new origin is counted separately. Each quarter-hour may add one cell. */
  withOrigins: 900,
} as const

/** Adds clicks of the day to its cells. The number of cells stays below 1,000 for any clicks. */
export function addToDay(
  cells: readonly ClickCell[],
  clicks: readonly Click[],
): readonly ClickCell[] {
  return combineCells(cells, clicks.map(toCell))
}

/** Adds cells to others of the same day, within the same limits. */
export function combineCells(
  cells: readonly ClickCell[],
  added: readonly ClickCell[],
): readonly ClickCell[] {
  const combined = new Map(cells.map((cell) => [keyOf(cell), cell]))
  for (const cell of added) {
    const place = placeFor(cell, combined)
    const clicks = cell.clicks + (combined.get(keyOf(place))?.clicks ?? 0)
    combined.set(keyOf(place), { ...place, clicks })
  }
  return [...combined.values()]
}

/** The cell itself if it exists or is within the limits, otherwise one with fewer origins. */
function placeFor(cell: ClickCell, combined: ReadonlyMap<string, ClickCell>): ClickCell {
  if (combined.size < cellLimits.withReferrer || combined.has(keyOf(cell))) return cell
  const withoutReferrer = { ...cell, referrerHost: otherOrigin }
  if (combined.size < cellLimits.withOrigins || combined.has(keyOf(withoutReferrer)))
    return withoutReferrer
  return { ...withoutReferrer, country: otherOrigin, agent: otherOrigin }
}

function keyOf({ slot, referrerHost, country, agent }: ClickCell): string {
  // No origin contains a line feed. JSON.stringify takes twice as long.
  return `${slot}\n${referrerHost ?? ''}\n${country ?? ''}\n${agent ?? ''}`
}

function toCell({ at, referrerHost, country, agent, count }: Click): ClickCell {
  return { slot: slotOf(at), referrerHost, country, agent, clicks: count }
}

/** Number of the quarter-hour in the day of UTC. */
function slotOf(at: Instant): number {
  return Math.floor((at - utcMidnight(utcDay(at))) / quarterHour)
}

export function packCells(cells: readonly ClickCell[]): PackedCells {
  const indexes = new Map<string, number>()
  function indexOf(origin: string | null): number {
    if (origin === null) return -1
    const index = indexes.get(origin) ?? indexes.size
    indexes.set(origin, index)
    return index
  }
  const numbers: number[] = []
  for (const { slot, referrerHost, country, agent, clicks } of cells) {
    numbers.push(slot, indexOf(referrerHost), indexOf(country), indexOf(agent), clicks)
  }
  return { origins: [...indexes.keys()], numbers }
}

export function sumCells(cells: readonly ClickCell[]): DaySums {
  const slots = new Map<number, number>()
  for (const { slot, clicks } of cells) increase(slots, slot, clicks)
  const { origins, numbers } = packCells(cells)
  const counts = [1, 2, 3].map((field) => {
    const sums = new Map<number, number>()
    for (let start = 0; start < numbers.length; start += numbersPerCell) {
      increase(sums, numbers[start + field] ?? -1, numbers[start + 4] ?? 0)
    }
    return [...sums].flat()
  })
  return { slots: [...slots].flat(), origins, counts }
}

function increase(sums: Map<number, number>, key: number, clicks: number): void {
  sums.set(key, (sums.get(key) ?? 0) + clicks)
}

export function unpackCells({ origins, numbers }: PackedCells): readonly ClickCell[] {
  const originAt = (index: number) => origins[numbers[index] ?? -1] ?? null
  return Array.from({ length: numbers.length / numbersPerCell }, (_, cell) => {
    const start = cell * numbersPerCell
    return {
      slot: numbers[start] ?? 0,
      referrerHost: originAt(start + 1),
      country: originAt(start + 2),
      agent: originAt(start + 3),
      clicks: numbers[start + 4] ?? 0,
    }
  })
}

export function clicksOf(cells: readonly ClickCell[]): number {
  return cells.reduce((sum, { clicks }) => sum + clicks, 0)
}
