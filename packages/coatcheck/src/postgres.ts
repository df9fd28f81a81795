export { type PostgresBackendOptions, postgres } from './stores/postgres/backend.ts'
export type {
  PostgresClient,
  PostgresListenerClient,
  PostgresNotification,
  PostgresPool,
  PostgresQuery,
  PostgresResult,
} from './stores/postgres/driver.ts'
export { createPostgresGrantStore } from './stores/postgres/grants/grant-store.ts'
export type { PostgresListener } from './stores/postgres/listen-client.ts'
export {
  migratePostgresSessions,
  type PostgresMigrationOptions,
} from './stores/postgres/migrate.ts'
export { postgresSessionMigrations } from './stores/postgres/migrations.ts'
export type { Pglite, PgliteRunner } from './stores/postgres/pglite-database.ts'
export type { PostgresJsRunner, PostgresJsSql } from './stores/postgres/postgres-js-database.ts'
export {
  createPostgresRevocationChannel,
  type PostgresRevocationChannelOptions,
} from './stores/postgres/revocation-channel.ts'
export { createPostgresSessionStore } from './stores/postgres/session-store.ts'
export type { PostgresDatabase } from './stores/postgres/to-database.ts'
export type { SessionMigration, SessionMigrationOptions } from './stores/tables/migration-plan.ts'
export type { TableOptions } from './stores/tables/table-names.ts'
export type { UserKeyType, UserReference } from './stores/tables/user-reference.ts'
