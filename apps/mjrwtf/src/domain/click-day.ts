import { type CalendarDay, utcDay, utcMidnight } from './calendar-day.ts'
import type { Click, ClickSource } from './click.ts'
import { type AddedCell, type ClickCell, originNames, otherOrigin } from './click-cell.ts'
import { addToSums, type DaySums, emptySums } from './click-sums.ts'
import { type Instant, minute } from './time.ts'

/** The precision of counts: every time zone in use is offset from UTC by whole quarter-hours. */
export const quarterHour = 15 * minute

/**
 * Cells without an object for each, because a report reads up to 1,000 for each day of a year: the distinct origins, and
 * eight numbers per cell: quarter-hour, the six origins (indexes of `origins`, -1 for `null`) and clicks.
 */
export interface PackedCells {
  readonly origins: readonly string[]
  readonly numbers: readonly number[]
}

export const numbersPerCell = originNames.length + 2

/** The clicks on one link in one day of UTC, without those of bots. */
export interface ClickDay {
  readonly day: CalendarDay
  readonly cells: PackedCells
}

/** The sums of a day: all that a report needs if it covers the whole day, and a tenth of the size of its cells. */
export interface DaySummary {
  readonly day: CalendarDay
  readonly sums: DaySums
}

/** What is stored of a day. */
export interface DayCounts {
  readonly cells: readonly ClickCell[]
  readonly sums: DaySums
}

export const emptyDay: DayCounts = { cells: [], sums: emptySums }

/** The click with origins that are not counted separately. */
export function withoutOrigins(click: Click): Click {
  return { ...click, ...otherOrigins }
}

const otherOrigins = {
  referrerHost: otherOrigin,
  country: otherOrigin,
  agent: otherOrigin,
  city: otherOrigin,
  system: otherOrigin,
  device: otherOrigin,
} as const satisfies ClickSource

/** Visitors can invent any number of referrers. `docs/limits.md` has the effects. */
export const cellLimits = {
  /** Cells of a day after which new referrers and cities are not counted separately. */
  withReferrer: 600,
  /** Cells of a day after which no new origin is counted separately. Each quarter-hour may add one cell. */
  withOrigins: 900,
} as const

/** Adds clicks of the day. The number of cells stays below 1,000 for any clicks. */
export function addToDay(day: DayCounts, clicks: readonly Click[]): DayCounts {
  return addCells(day, clicks.map(toCell))
}

/** Adds cells to a day, within the same limits. */
export function addCells(day: DayCounts, added: readonly AddedCell[]): DayCounts {
  return {
    cells: combineCells(day.cells, added.filter(({ isBot }) => !isBot).map(withoutKind)),
    sums: addToSums(day.sums, added),
  }
}

function withoutKind({ isBot: _, ...cell }: AddedCell): ClickCell {
  return cell
}

function combineCells(
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
  const fewer = { ...cell, referrerHost: otherOrigin, city: otherOrigin }
  if (combined.size < cellLimits.withOrigins || combined.has(keyOf(fewer))) return fewer
  return { ...cell, ...otherOrigins }
}

function keyOf(cell: ClickCell): string {
  // No origin contains a line feed. JSON.stringify takes twice as long.
  const { slot, referrerHost, country, agent, city, system, device } = cell
  return `${slot}\n${referrerHost ?? ''}\n${country ?? ''}\n${agent ?? ''}\n${city ?? ''}\n${system ?? ''}\n${device ?? ''}`
}

function toCell(click: Click): AddedCell {
  const { referrerHost, country, agent, city, system, device, isBot } = click
  const origins = { referrerHost, country, agent, city, system, device }
  return { slot: slotOf(click.at), ...origins, isBot, clicks: click.count }
}

/** Number of the quarter-hour in the day of UTC. */
export function slotOf(at: Instant): number {
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
  for (const cell of cells) {
    numbers.push(cell.slot)
    for (const name of originNames) numbers.push(indexOf(cell[name]))
    numbers.push(cell.clicks)
  }
  return { origins: [...indexes.keys()], numbers }
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
      city: originAt(start + 4),
      system: originAt(start + 5),
      device: originAt(start + 6),
      clicks: numbers[start + 7] ?? 0,
    }
  })
}

export function clicksOf(cells: readonly ClickCell[]): number {
  return cells.reduce((sum, { clicks }) => sum + clicks, 0)
}
