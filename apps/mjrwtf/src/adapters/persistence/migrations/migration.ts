import { PersistenceError } from '../persistence-error.ts'

/** One step of the app's tables, for one database. `down` loses what the step holds. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly up: string
  readonly down: string
}

/** What to do to get from one version to another, in order. */
export interface MigrationPlan {
  readonly up: readonly Migration[]
  readonly down: readonly Migration[]
}

/** Plans the way from `current` to `target`. A database of a newer app is refused, untouched. */
export function planMigration(
  migrations: readonly Migration[],
  current: number,
  target: number,
): MigrationPlan {
  if (current > migrations.length) {
    throw new PersistenceError(
      'database-too-new',
      `The database is at version ${current} and this program knows ${migrations.length}: ` +
        'it was used by a newer one. Start that, or go back to a copy of the database.',
    )
  }
  return {
    up: migrations.slice(current, target),
    down: migrations.slice(target, current).toReversed(),
  }
}
