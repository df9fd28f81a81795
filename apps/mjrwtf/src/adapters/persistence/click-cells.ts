import { RepositoryError } from '../../application/ports/repository-error.ts'
import {
  type ClickCell,
  clicksOf,
  type DaySums,
  type PackedCells,
  packCells,
  sumCells,
} from '../../domain/click-day.ts'
import type { ClickDayRow } from './database.ts'

/** The row of a day: its sums and its cells as JSON. */
export function toDayRow(link: DayOfLink, cells: readonly ClickCell[]): ClickDayRow {
  return {
    ...link,
    clicks: clicksOf(cells),
    sums: JSON.stringify(sumCells(cells)),
    cells: JSON.stringify(packCells(cells)),
  }
}

type DayOfLink = Pick<ClickDayRow, 'link_id' | 'day'>

export function decodeCells(text: string): PackedCells {
  const value = parse(text)
  if (isPackedCells(value)) return value
  throw new RepositoryError(corruptMessage)
}

export function decodeSums(text: string): DaySums {
  const value = parse(text)
  if (isDaySums(value)) return value
  throw new RepositoryError(corruptMessage)
}

const corruptMessage = 'A row of click_days is corrupt. Run `npm run recount`.'

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RepositoryError(corruptMessage, { cause: error })
  }
}

function isDaySums(value: unknown): value is DaySums {
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

function isPackedCells(value: unknown): value is PackedCells {
  return (
    typeof value === 'object' &&
    value !== null &&
    'origins' in value &&
    'numbers' in value &&
    Array.isArray(value.origins) &&
    Array.isArray(value.numbers)
  )
}
