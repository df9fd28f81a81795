import type { ChannelFailure } from '../../domain/events.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type {
  RevocationChannel,
  RevocationSubscription,
  SubscriptionOptions,
} from '../../ports/revocation-channel.ts'
import type { PostgresListenerClient } from './driver.ts'
import { createListenConnection, type ListenConnection } from './listen-connection.ts'

/** How the channel gets to the database. */
export interface PostgresRevocationChannelOptions {
  /**
   * Makes a client that has not connected yet; each is used for one connection, and a new one made
   * when that is lost: `() => new pg.Client({ connectionString, connectionTimeoutMillis: 3_000 })`.
   * It must lead to the database and schema of the store, to the primary server, and past any
   * PgBouncer: notifications do not come through one. The timeout matters: without it an attempt at
   * a server that is silent never ends.
   */
  readonly createClient: () => PostgresListenerClient
}

/** Pauses between attempts to connect, in ms: from the first to the longest. */
const initialRetryDelay: Milliseconds = 100
const maxRetryDelay: Milliseconds = 5_000

/**
 * Creates a channel by LISTEN and NOTIFY, on one connection of its own for each subscription.
 * Triggers of the session tables send the words, in the transaction of the change. The channel
 * proves itself by a word to itself: PostgreSQL delivers in the order of commits, so what was
 * committed before it was sent has come when it comes.
 */
export function createPostgresRevocationChannel(
  options: PostgresRevocationChannelOptions,
): RevocationChannel {
  return { subscribe: (subscriptionOptions) => subscribe(options, subscriptionOptions) }
}

function subscribe(
  { createClient }: PostgresRevocationChannelOptions,
  options: SubscriptionOptions,
): RevocationSubscription {
  const { listener, clock } = options
  let connection: ListenConnection | null = null
  let retryDelay = initialRetryDelay
  let retryAt = Number.NEGATIVE_INFINITY
  /** What was told last, so that an outage of an hour is one word and not thousands. */
  let reportedFailure: ChannelFailure | null = null
  let closed = false

  function connect(): void {
    try {
      connection = createListenConnection(createClient(), options, { onHeartbeat, onClosed })
    } catch {
      onClosed('connection-lost')
    }
  }

  function onHeartbeat(): void {
    retryDelay = initialRetryDelay
    reportedFailure = null
  }

  function onClosed(failure: ChannelFailure): void {
    connection = null
    retryAt = clock.now() + retryDelay
    retryDelay = Math.min(retryDelay * 2, maxRetryDelay)
    if (reportedFailure !== failure) listener.onInterrupted(failure)
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
