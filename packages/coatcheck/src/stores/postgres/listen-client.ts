import type { PostgresListenerClient, PostgresNotification, PostgresQuery } from './driver.ts'
import { createPgliteRun, isPglite, type Pglite } from './pglite-database.ts'
import {
  createPostgresJsRun,
  isPostgresJs,
  type PostgresJsSql,
  restoreNamesOf,
} from './postgres-js-database.ts'

/** What a channel listens on: a new client of `pg`, a client of postgres.js, or a PGlite database. */
export type PostgresListener = PostgresListenerClient | PostgresJsSql | Pglite

/** A connection that listens, whatever the driver. */
export interface ListenClient {
  connect(): Promise<unknown>
  query(statement: PostgresQuery): Promise<readonly unknown[]>
  listen(channels: readonly string[]): Promise<unknown>
  /** Stops listening. A connection that was opened for the channel is closed. */
  end(): Promise<unknown>
  /** See `PostgresListenerClient`. */
  readonly processID?: number | null
}

export interface ListenClientEvents {
  onNotification(notification: PostgresNotification): void
  /** Notifications may have been missed. */
  onConnectionLost(error?: unknown): void
}

export function toListenClient(
  listener: PostgresListener,
  events: ListenClientEvents,
): ListenClient {
  if (isPostgresJs(listener)) return fromPostgresJs(listener, events)
  if (isPglite(listener)) return fromPglite(listener, events)
  return fromPg(listener, events)
}

function fromPg(client: PostgresListenerClient, events: ListenClientEvents): ListenClient {
  client.on('notification', events.onNotification)
  client.on('error', events.onConnectionLost)
  client.on('end', events.onConnectionLost)
  return {
    connect: () => client.connect(),
    query: async (statement) => (await client.query(statement)).rows,
    listen: (channels) =>
      client.query({ text: channels.map((channel) => `LISTEN ${channel}`).join('; ') }),
    end: () => client.end(),
    // Known once it has connected.
    get processID() {
      return client.processID ?? null
    },
  }
}

/**
 * postgres.js listens on one connection of its own, which it replaces after a failure. It then calls the
 * third argument of `listen` again, which counts as the loss of the connection. That call can come after
 * the first notification of the new connection, so notifications are delivered in a later turn.
 */
function fromPostgresJs(sql: PostgresJsSql, events: ListenClientEvents): ListenClient {
  const subscriptions = createSubscriptions()

  async function listen(channel: string): Promise<void> {
    let listens = 0
    const onNotify = (payload: string) => {
      setImmediate(() => {
        if (subscriptions.areOpen()) events.onNotification({ channel, payload })
      })
    }
    const { unlisten } = await sql.listen(channel, onNotify, () => {
      listens += 1
      if (listens > 1 && subscriptions.areOpen()) events.onConnectionLost()
    })
    await subscriptions.add(unlisten)
  }

  return {
    async connect() {},
    query: createPostgresJsRun(sql, restoreNamesOf(sql)),
    listen: (channels) => Promise.all(channels.map(listen)),
    end: subscriptions.end,
  }
}

function fromPglite(database: Pglite, events: ListenClientEvents): ListenClient {
  const subscriptions = createSubscriptions()

  async function listen(channel: string): Promise<void> {
    const unlisten = await database.listen(channel, (payload) => {
      if (subscriptions.areOpen()) events.onNotification({ channel, payload })
    })
    await subscriptions.add(() => unlisten())
  }

  return {
    async connect() {},
    query: createPgliteRun(database),
    listen: (channels) => Promise.all(channels.map(listen)),
    end: subscriptions.end,
  }
}

type Unlisten = () => Promise<unknown>

/** Channels of a client that serves others too: only these subscriptions are ended, also late ones. */
function createSubscriptions() {
  const unlistens: Unlisten[] = []
  let isOpen = true
  return {
    areOpen: () => isOpen,
    async add(unlisten: Unlisten): Promise<void> {
      if (isOpen) unlistens.push(unlisten)
      else await unlisten()
    },
    async end(): Promise<void> {
      isOpen = false
      await Promise.all(unlistens.splice(0).map((unlisten) => unlisten()))
    },
  }
}
