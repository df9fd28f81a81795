import { BackupError } from './backup-error.ts'
import type { TableColumns } from './row-source.ts'

/** The tables of both sides must have the same columns, in any order: the versions of their schemas are the same. */
export function requireSameColumns(
  from: readonly TableColumns[],
  to: readonly TableColumns[],
): void {
  const different = differences(from, to)
  if (different.length === 0) return
  throw new BackupError(
    `The tables do not fit: ${different.join(', ')}. Nothing was changed. This is an error of the program, or the tables were changed by hand.`,
  )
}

function differences(
  from: readonly TableColumns[],
  to: readonly TableColumns[],
): readonly string[] {
  const [found, expected] = [from.flatMap(namesOf), to.flatMap(namesOf)]
  return [
    ...expected.filter((name) => !found.includes(name)),
    ...found.filter((name) => !expected.includes(name)),
  ]
}

function namesOf({ name, columns }: TableColumns): readonly string[] {
  return columns.map((column) => `${name}.${column}`)
}

/** A table does not have as many rows as were added. */
export function missingRows(
  table: string,
  { expected, found }: { readonly expected: number; readonly found: number },
): BackupError {
  return new BackupError(
    `The table ${table} has ${found} rows instead of ${expected}. Nothing was changed.`,
  )
}
