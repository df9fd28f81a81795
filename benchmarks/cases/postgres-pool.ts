import pg from 'pg'

/** The pool of all cases on PostgreSQL: ten permanent connections without driver timers. */
export function createPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 10, idleTimeoutMillis: 0 })
  // Without a listener, a closed connection would end the process. The failing request is reported.
  pool.on('error', () => {})
  return pool
}
