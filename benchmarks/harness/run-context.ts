import type { PostgresServer } from './postgres-server.ts'

/** Where a run works, and how it reports progress. */
export interface RunContext {
  readonly postgres: PostgresServer
  /** Folder for this run's SQLite files. */
  readonly folder: string
  log(progress: string): void
}
