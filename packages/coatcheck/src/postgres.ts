export {
  migratePostgresSessions,
  type PostgresMigrationOptions,
} from './stores/postgres/migrate.ts'
export { type PostgresMigration, postgresSessionMigrations } from './stores/postgres/migrations.ts'
export type {
  PostgresClient,
  PostgresPool,
  PostgresQuery,
  PostgresResult,
} from './stores/postgres/pool.ts'
export { createPostgresSessionStore } from './stores/postgres/session-store.ts'
