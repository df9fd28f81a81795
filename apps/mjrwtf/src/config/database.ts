import type { DatabaseLocation } from '../adapters/persistence/persistence.ts'
import { databaseLocation, databaseUrlHelp, withoutPassword } from './database-location.ts'
import { oneOf } from './values.ts'
import type { Variables } from './variables.ts'

/** How the tables get to the version of the program. */
export interface MigrationConfig {
  /** The database as a role that may change its tables. */
  readonly database: DatabaseLocation
  /** Whether the server migrates when it starts. */
  readonly atStart: boolean
}

export function readDatabase(variables: Variables): DatabaseLocation {
  return variables.read<DatabaseLocation>('DATABASE_URL', {
    parse: databaseLocation,
    expected: databaseUrlHelp,
    fallback: { kind: 'sqlite', file: './data/mjrwtf.db' },
    mask: withoutPassword,
    format: (location) => (location.kind === 'sqlite' ? `sqlite:${location.file}` : 'none'),
  })
}

export function readMigration(variables: Variables, database: DatabaseLocation): MigrationConfig {
  const expected = 'postgres://USER:PASSWORD@HOST/NAME, the database of DATABASE_URL'
  const location = variables.read<DatabaseLocation>('DATABASE_MIGRATION_URL', {
    parse: databaseLocation,
    expected,
    fallback: database,
    mask: withoutPassword,
    format: () => 'DATABASE_URL',
  })
  if (location !== database && !(location.kind === 'postgres' && database.kind === 'postgres')) {
    variables.reject('DATABASE_MIGRATION_URL', `${expected}; a SQLite file has no roles`)
  }
  const atStart = variables.read('MIGRATE_AT_START', {
    parse: oneOf(['on', 'off']),
    expected: 'on or off',
    fallback: 'on',
  })
  return { database: location, atStart: atStart === 'on' }
}
