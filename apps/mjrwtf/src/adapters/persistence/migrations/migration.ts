import { PersistenceError } from '../persistence-error.ts'

/** One migration of the app's tables, for one database. `down` deletes the data of the step. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly up: string
  readonly down: string
}

/** The migrations to run, in order. */
export interface MigrationPlan {
  readonly up: readonly Migration[]
  readonly down: readonly Migration[]
}

/** Plans the migration from `current` to `target`. Throws for a database of a newer version, before any change. */
export function planMigration(
  migrations: readonly Migration[],
  current: number,
  target: number,
): MigrationPlan {
  if (current > migrations.length) {
    throw new PersistenceError(
      'database-too-new',
      `The database is at version ${current}, which is newer than version ${migrations.length} of this ` +
        'program. Start a newer program, or restore a backup of the database.',
    )
  }
  return {
    up: migrations.slice(current, target),
    down: migrations.slice(target, current).toReversed(),
  }
}
