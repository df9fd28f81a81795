import { rejectOption, SessionError } from '../../domain/errors.ts'
import type { OptionNames } from '../../domain/options.ts'
import { type TableOptions, tableOptionNames } from './table-names.ts'
import type { UserReference } from './user-reference.ts'

/** The tables that a step creates or changes. The same for all steps of one set of tables. */
export interface SessionMigrationOptions extends TableOptions {
  /** The app's table of users that the session tables reference. Default: none. */
  readonly userReference?: UserReference
}

/** One step of the schema, and its reversal, as SQL. */
export interface SessionMigration {
  readonly version: number
  readonly name: string
  up(options?: SessionMigrationOptions): string
  down(options?: SessionMigrationOptions): string
}

/** All options of migrations. */
export const migrationOptionNames: OptionNames<SessionMigrationOptions & { to?: number }> = {
  ...tableOptionNames,
  userReference: true,
  to: true,
}

/** Returns `to`, or the newest version by default. Throws `invalid-option` for an unknown version. */
export function requireVersion(
  to: number | undefined,
  migrations: readonly SessionMigration[],
): number {
  const target = to ?? migrations.length
  if (!Number.isInteger(target) || target < 0 || target > migrations.length) {
    rejectOption(`to must be a version of the session tables, 0 to ${migrations.length}`)
  }
  return target
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
