import { rejectOption, SessionError } from '../domain/errors.ts'

/** One step of the schema, and its reversal. */
export interface SessionMigration {
  readonly version: number
  readonly name: string
  /** SQL. `userReference` is the clause that references the app's table of users, or empty. */
  up(userReference: string): string
  readonly down: string
}

/** A table of users and its key column. */
export interface UserReference {
  readonly table: string
  readonly column: string
}

/** Returns `to`, or the newest version by default. Throws `invalid-option` for an unknown version. */
export function requireVersion(
  to: number | undefined,
  migrations: readonly SessionMigration[],
): number {
  const target = to ?? migrations.length
  if (!Number.isInteger(target) || target < 0 || target > migrations.length) {
    rejectOption(`There is no version ${target} of the session tables`)
  }
  return target
}

/**
 * Returns the clause that references the table of users, or an empty text without one. Throws
 * `invalid-option` for a name with other characters than letters, digits and `_`: names become part
 * of the SQL, and a parameter cannot replace them.
 */
export function toReference(reference: UserReference | undefined): string {
  if (reference === undefined) return ''
  const { table, column } = reference
  if (![table, column].every((name) => /^[A-Za-z_]\w{0,62}$/.test(name))) {
    rejectOption('userReference must contain names of at most 63 letters, digits and _')
  }
  return `REFERENCES "${table}" ("${column}") ON DELETE CASCADE`
}

/**
 * Returns the steps from the version `current` of a database to the version `target`, in the order in
 * which to run them. Throws `schema-too-new` if `current` is unknown: it was reached with a newer
 * version of the library.
 */
export function planMigration(
  migrations: readonly SessionMigration[],
  current: number,
  target: number,
) {
  if (current > migrations.length) {
    throw new SessionError(
      'schema-too-new',
      `The session tables have version ${current}, but this version of the library supports at ` +
        `most ${migrations.length}. Use the newer library, or migrate down with it.`,
    )
  }
  return {
    up: migrations.slice(current, target),
    down: migrations.slice(target, current).toReversed(),
  }
}
