import pg from 'pg'

/** The pool of every case on PostgreSQL: ten connections, kept, and no timers of the driver's. */
export function createPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 10, idleTimeoutMillis: 0 })
  // Unheard, the end of a connection would end the process; a request then fails, and is noticed.
  pool.on('error', () => {})
  return pool
}
