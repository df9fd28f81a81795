import type { ChannelFailure } from '../../domain/events.ts'
import { type OptionNames, requireFunction, requireOptions } from '../../domain/options.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type { RevocationChannel, RevocationSubscription } from '../../ports/revocation-channel.ts'
import { createTableNames, type TableOptions, tableOptionNames } from '../tables/table-names.ts'
import type { PostgresListener } from './listen-client.ts'
import {
  createListenConnection,
  createListenQueries,
  type ListenConnection,
  type ListenOptions,
} from './listen-connection.ts'
import { toSessionError } from './to-session-error.ts'

/** How the channel connects to the database. */
export interface PostgresRevocationChannelOptions extends TableOptions {
  /**
   * Creates a client of `pg` that is not connected yet, for one connection. Called again after each lost
   * connection. Or returns the client of postgres.js (which listens on a connection of its own) or the
   * PGlite database, which are not closed. Example: `() => new pg.Client({ connectionString, connectionTimeoutMillis: 3_000 })`.
   * The client must connect to the database of the store (and with the same `search_path`, unless
   * `schema` is set) on the primary server, and not
   * through PgBouncer, which does not forward notifications. Set the timeout: without it, an attempt
   * to connect to an unresponsive server never ends.
   */
  readonly createClient: () => PostgresListener
}

const channelOptionNames: OptionNames<PostgresRevocationChannelOptions> = {
  ...tableOptionNames,
  createClient: true,
}

/** Delays between attempts to connect, in ms. Each is twice the previous one, up to the maximum. */
const initialRetryDelay: Milliseconds = 100
const maxRetryDelay: Milliseconds = 5_000

/**
 * Creates a channel with LISTEN and NOTIFY, for the tables of the options, on a separate connection for each subscription. Triggers
 * on the session tables send the notifications in the transaction of the change. Heartbeats confirm
 * freshness: PostgreSQL delivers notifications in commit order, so a received heartbeat shows that everything
 * committed before it was sent has been received.
 */
export function createPostgresRevocationChannel(
  options: PostgresRevocationChannelOptions,
): RevocationChannel {
  requireOptions('createPostgresRevocationChannel', options, channelOptionNames)
  requireFunction('createClient', options.createClient)
  const { createClient } = options
  const queries = createListenQueries(createTableNames(options))
  return {
    subscribe: (subscriptionOptions) =>
      subscribe(createClient, { ...subscriptionOptions, queries }),
  }
}

function subscribe(
  createClient: () => PostgresListener,
  options: ListenOptions,
): RevocationSubscription {
  const { listener, clock } = options
  let connection: ListenConnection | null = null
  let retryDelay = initialRetryDelay
  let retryAt = Number.NEGATIVE_INFINITY
  /** The last reported failure, so that a long outage is reported once. */
  let reportedFailure: ChannelFailure | null = null
  let closed = false

  function connect(): void {
    try {
      connection = createListenConnection(createClient(), options, { onHeartbeat, onClosed })
    } catch (error) {
      onClosed('connection-lost', error)
    }
  }

  function onHeartbeat(): void {
    retryDelay = initialRetryDelay
    reportedFailure = null
  }

  function onClosed(failure: ChannelFailure, error: unknown): void {
    connection = null
    retryAt = clock.now() + retryDelay
    retryDelay = Math.min(retryDelay * 2, maxRetryDelay)
    if (reportedFailure !== failure) listener.onInterrupted(failure, causeOf(error))
    reportedFailure = failure
  }

  connect()
  return {
    freshAsOf: () => connection?.freshAsOf() ?? Number.NEGATIVE_INFINITY,
    requestHeartbeat() {
      if (closed) return
      if (connection !== null) connection.requestHeartbeat()
      else if (clock.now() >= retryAt) connect()
    },
    async close() {
      closed = true
      await connection?.close()
    },
  }
}

function causeOf(error: unknown): string | null {
  return error === null ? null : toSessionError(error).message
}
