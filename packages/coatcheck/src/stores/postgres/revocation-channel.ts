import type { ChannelFailure } from '../../domain/events.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type {
  RevocationChannel,
  RevocationSubscription,
  SubscriptionTerms,
} from '../../ports/revocation-channel.ts'
import type { PostgresListenerClient } from './listener-client.ts'
import { createListening, type Listening } from './listening.ts'

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
const firstPause: Milliseconds = 100
const longestPause: Milliseconds = 5_000

/**
 * Creates a channel by LISTEN and NOTIFY, on one connection of its own for each subscription.
 * Triggers of the session tables send the words, in the transaction of the change. The channel
 * proves itself by a word to itself: PostgreSQL delivers in the order of commits, so what was
 * committed before it was sent has come when it comes.
 */
export function createPostgresRevocationChannel(
  options: PostgresRevocationChannelOptions,
): RevocationChannel {
  return { subscribe: (terms) => subscribe(options, terms) }
}

function subscribe(
  { createClient }: PostgresRevocationChannelOptions,
  terms: SubscriptionTerms,
): RevocationSubscription {
  const { listener, clock } = terms
  let listening: Listening | null = null
  let pause = firstPause
  let retryFrom = Number.NEGATIVE_INFINITY
  /** What was told last, so that an outage of an hour is one word and not thousands. */
  let told: ChannelFailure | null = null
  let closed = false

  function connect(): void {
    try {
      listening = createListening(createClient(), terms, { onProof, onOver })
    } catch {
      onOver('connection-lost')
    }
  }

  function onProof(): void {
    pause = firstPause
    told = null
  }

  function onOver(why: ChannelFailure): void {
    listening = null
    retryFrom = clock.now() + pause
    pause = Math.min(pause * 2, longestPause)
    if (told !== why) listener.interrupted(why)
    told = why
  }

  connect()
  return {
    provenAt: () => listening?.provenAt() ?? Number.NEGATIVE_INFINITY,
    prove() {
      if (closed) return
      if (listening !== null) listening.beat()
      else if (clock.now() >= retryFrom) connect()
    },
    async close() {
      closed = true
      await listening?.close()
    },
  }
}
