export {
  type SqliteBackendOptions,
  sqlite,
} from './stores/sqlite/backend.ts'
export { createBusyRetry, type RetryWhileBusy } from './stores/sqlite/busy-retry.ts'
export type {
  ClosableSqliteDatabase,
  SqliteDatabase,
  SqliteParameters,
  SqliteStatement,
  SqliteValue,
} from './stores/sqlite/database.ts'
export { createSqliteGrantStore } from './stores/sqlite/grants/grant-store.ts'
export { migrateSqliteSessions, type SqliteMigrationOptions } from './stores/sqlite/migrate.ts'
export { sqliteSessionMigrations } from './stores/sqlite/migrations.ts'
export { createSqliteRevocationChannel } from './stores/sqlite/revocation-channel.ts'
export { createSqliteSessionStore } from './stores/sqlite/session-store.ts'
export type { SessionMigration, SessionMigrationOptions } from './stores/tables/migration-plan.ts'
export type { TableOptions } from './stores/tables/table-names.ts'
export type { UserKeyType, UserReference } from './stores/tables/user-reference.ts'
