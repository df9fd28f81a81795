import type { PostgresServer } from './postgres-server.ts'

/** Where a run works, and how it tells of its progress. */
export interface RunContext {
  readonly postgres: PostgresServer
  /** Folder for SQLite files, of this run alone. */
  readonly folder: string
  log(progress: string): void
}
