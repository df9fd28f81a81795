import { RepositoryError } from '../../application/ports/repository-error.ts'
import { type ClickCell, type PackedCells, packCells } from '../../domain/click-day.ts'

/** The column `cells`: packed cells as JSON. */
export function encodeCells(cells: readonly ClickCell[]): string {
  return JSON.stringify(packCells(cells))
}

export function decodeCells(text: string): PackedCells {
  const value: unknown = JSON.parse(text)
  if (isPackedCells(value)) return value
  throw new RepositoryError('A row of click_days is corrupt. Run `npm run recount`.')
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
