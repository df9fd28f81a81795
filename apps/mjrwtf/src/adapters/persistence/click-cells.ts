import { RepositoryError } from '../../application/ports/repository-error.ts'
import { type ClickCell, originNames } from '../../domain/click-cell.ts'
import { clicksOf, type DayCounts, type PackedCells, packCells } from '../../domain/click-day.ts'
import type { DaySums } from '../../domain/click-sums.ts'
import type { ClickDayRow } from './database.ts'

/** The row of a day: its sums and its cells as JSON. */
export function toDayRow(link: DayOfLink, { cells, sums }: DayCounts): ClickDayRow {
  return {
    ...link,
    clicks: clicksOf(cells),
    sums: JSON.stringify(sums),
    cells: encodeCells(cells),
  }
}

/**
 * With the key `cells`, not `numbers` as before schema 24: a process of an older version, which may still run, treats
 * such a day as corrupt and marks its link to be counted again, instead of counting wrongly.
 */
function encodeCells(cells: readonly ClickCell[]): string {
  const { origins, numbers } = packCells(cells)
  return JSON.stringify({ origins, cells: numbers })
}

type DayOfLink = Pick<ClickDayRow, 'link_id' | 'day'>

export function decodeCells(text: string): PackedCells {
  const value = parse(text)
  if (!hasOrigins(value)) throw new RepositoryError(corruptMessage)
  const { origins } = value
  if ('cells' in value && isNumbers(value.cells)) return { origins, numbers: value.cells }
  if ('numbers' in value && isNumbers(value.numbers))
    return widenCells({ origins, numbers: value.numbers })
  throw new RepositoryError(corruptMessage)
}

export function decodeSums(text: string): DaySums {
  const value = parse(text)
  if (!isDaySums(value)) throw new RepositoryError(corruptMessage)
  return 'bots' in value && isNumbers(value.bots)
    ? { ...value, bots: value.bots }
    : widenSums(value)
}

/** Cells before schema 24 had five numbers, without city, system and device. */
function widenCells({ origins, numbers }: PackedCells): PackedCells {
  const cells = Array.from({ length: numbers.length / 5 }, (_, cell) =>
    numbers.slice(cell * 5, cell * 5 + 5),
  )
  return {
    origins,
    numbers: cells.flatMap((cell) => [...cell.slice(0, 4), -1, -1, -1, ...cell.slice(4)]),
  }
}

/** Sums of that time had no bots, and three of the origins. */
function widenSums({ slots, origins, counts }: Omit<DaySums, 'bots'>): DaySums {
  const clicks = slots.reduce((sum, each, index) => (index % 2 === 1 ? sum + each : sum), 0)
  return {
    slots,
    origins,
    bots: [],
    counts: originNames.map((_, kind) => counts[kind] ?? [-1, clicks]),
  }
}

const corruptMessage = 'A row of click_days is corrupt. Run `npm run recount`.'

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RepositoryError(corruptMessage, { cause: error })
  }
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value)
}

function isDaySums(value: unknown): value is Omit<DaySums, 'bots'> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'slots' in value &&
    'origins' in value &&
    'counts' in value &&
    Array.isArray(value.slots) &&
    Array.isArray(value.origins) &&
    Array.isArray(value.counts)
  )
}

function hasOrigins(value: unknown): value is Pick<PackedCells, 'origins'> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'origins' in value &&
    Array.isArray(value.origins)
  )
}
