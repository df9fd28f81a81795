import { rejectOption } from '../../domain/errors.ts'
import { type ExpectedObject, requireMethods } from '../../domain/options.ts'

/** A statement and its parameters. A named statement is prepared once per connection; see `named`. */
export interface PostgresQuery {
  readonly name?: string
  readonly text: string
  readonly values?: unknown[]
}

export interface PostgresResult {
  readonly rows: readonly unknown[]
}

/** The part of a pool's client that the store uses. `pg`'s PoolClient fits. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<PostgresResult>
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  /** Returns the connection to the pool, or closes it if an error is passed. */
  release(error?: Error): void
}

/**
 * The part of a connection pool that the store uses. `pg`'s Pool fits. No operation uses more than one
 * connection, so any pool size works. PgBouncer works in any mode. The app must configure the pool:
 *
 * - Handle `pool.on('error', …)`: a broken idle connection emits it, and an unhandled `error` event
 *   ends the process.
 * - Set `connectionTimeoutMillis` and `query_timeout`: neither has a limit by default, so operations
 *   of the store would wait forever for an unreachable server. Make `query_timeout` longer than 5 s:
 *   in its transactions, the store lets the server wait up to 2 s for a lock, 5 s for a statement and
 *   5 s for the next one, unless you set `lock_timeout`, `statement_timeout` or
 *   `idle_in_transaction_session_timeout` yourself.
 * - Set `statement_timeout`, below `query_timeout`: reads have no transaction, and wait for a statement
 *   that changes the table's structure.
 * - Use READ COMMITTED, the server's default isolation. Under a stricter one, concurrent operations
 *   fail.
 */
export interface PostgresPool {
  query(query: PostgresQuery): Promise<PostgresResult>
  connect(): Promise<PostgresClient>
}

const expectedPool: ExpectedObject = {
  methods: ['query', 'connect'],
  expected:
    'a connection pool such as new pg.Pool({ connectionString }), a client of postgres.js or a PGlite database',
}

/** Throws `invalid-option` for what is no pool: a configuration, a connection string, a single client. */
export function requirePool(pool: unknown): void {
  requireMethods('database', pool, expectedPool)
  if ('escapeLiteral' in Object(pool))
    rejectOption(`database is a single client: pass ${expectedPool.expected}`)
}

/** A notification received through LISTEN. */
export interface PostgresNotification {
  readonly channel: string
  readonly payload?: string | undefined
}

/** The part of a single connection that the revocation channel uses. `pg`'s Client fits. */
export interface PostgresListenerClient {
  connect(): Promise<unknown>
  query(query: PostgresQuery): Promise<PostgresResult>
  on(event: 'notification', listener: (message: PostgresNotification) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  end(): Promise<void>
  /** Process id of the server's backend for this connection, as reported when it connected. */
  readonly processID?: number | null
}
