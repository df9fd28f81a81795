/** Versions of the tables: of the app's own and of the session library's. 0: there are none. */
export interface SchemaVersion {
  readonly app: number
  readonly sessions: number
}

/**
 * `empty`: no tables. `outdated`: this program needs a migration first. `newer`: a newer program has migrated, and this
 * one cannot use the database.
 */
export type SchemaState = 'empty' | 'outdated' | 'current' | 'newer'

export interface SchemaStatus {
  readonly state: SchemaState
  /** That of the database. */
  readonly current: SchemaVersion
  /** That of this program. */
  readonly newest: SchemaVersion
}

/** One migration that was run or would be. */
export interface SchemaStep {
  readonly tables: 'app' | 'sessions'
  readonly version: number
  readonly name: string
  /** For a step down: what it deletes, for the operator. `null` for a step up. */
  readonly deletes: string | null
}

/** Steps in the order in which they run. */
export interface SchemaPlan {
  readonly direction: 'up' | 'down'
  readonly steps: readonly SchemaStep[]
}

export interface MigrateOptions {
  /** Called once if another process is migrating: this one waits until it has finished. */
  readonly onWaiting: () => void
}

/** The tables of a database, of any version. Each function rejects with an error whose message is for the operator. */
export interface Schema {
  /** The version of this program. */
  readonly newest: SchemaVersion
  status(): Promise<SchemaStatus>
  /**
   * What `migrate` would run. `target` is a version of the app's tables, up to the newest; those of the sessions follow.
   * Rejects if the database is newer than this program.
   */
  plan(target: number): Promise<SchemaPlan>
  /**
   * Migrates up or down to `target`, in one transaction: after a failure, nothing has changed. One process at a time
   * migrates. Returns what it ran: no steps if the tables have that version already.
   */
  migrate(target: number, options: MigrateOptions): Promise<SchemaPlan>
  close(): Promise<void>
}
