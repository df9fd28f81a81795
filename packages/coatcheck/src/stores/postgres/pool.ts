/** A statement with its parameters; a named one is prepared once per connection. */
export interface PostgresQuery {
  readonly name?: string
  readonly text: string
  readonly values?: unknown[]
}

/** What a statement gave back. */
export interface PostgresResult {
  readonly rows: readonly unknown[]
}

/** The slice of a pool's client that the store uses: `pg`'s PoolClient fits as it is. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<PostgresResult>
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  /** With an error the connection is closed instead of used again. */
  release(error?: Error): void
}

/**
 * The slice of a connection pool that the store uses: `pg`'s Pool fits as it is. No operation holds
 * more than one connection, so a pool of any size will do. What its owner must see to:
 *
 * - `pool.on('error', …)`: an idle connection that breaks is an event there, and an event that
 *   nobody listens to ends the process.
 * - `connectionTimeoutMillis` and `query_timeout`: by default both wait for ever, and so do the
 *   operations of the store when the server is not there.
 * - READ COMMITTED, the server's default, as the default isolation. A stricter one makes operations
 *   fail that meet.
 * - Named statements are used: a PgBouncer between, in transaction mode, must be 1.21 or newer.
 */
export interface PostgresPool {
  query(query: PostgresQuery): Promise<PostgresResult>
  connect(): Promise<PostgresClient>
}
