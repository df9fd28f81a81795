export type {
  PostgresListenerClient,
  PostgresNotification,
} from './stores/postgres/listener-client.ts'
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
export {
  createPostgresRevocationChannel,
  type PostgresRevocationChannelOptions,
} from './stores/postgres/revocation-channel.ts'
export { createPostgresSessionStore } from './stores/postgres/session-store.ts'
