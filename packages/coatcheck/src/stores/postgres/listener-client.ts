import type { PostgresQuery, PostgresResult } from './pool.ts'

/** A word that came by LISTEN. */
export interface PostgresNotification {
  readonly channel: string
  readonly payload?: string | undefined
}

/**
 * The slice of a single connection that the revocation channel uses: `pg`'s Client fits as it is.
 */
export interface PostgresListenerClient {
  connect(): Promise<unknown>
  query(query: PostgresQuery): Promise<PostgresResult>
  on(event: 'notification', listener: (message: PostgresNotification) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  end(): Promise<void>
  /** The server's process for this connection, as the server said when it connected. */
  readonly processID?: number | null
}
