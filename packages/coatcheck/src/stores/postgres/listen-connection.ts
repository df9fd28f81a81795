import type { ChannelFailure } from '../../domain/events.ts'
import type { SessionId } from '../../domain/session.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type { SubscriptionOptions } from '../../ports/revocation-channel.ts'
import { systemRandom } from '../../ports/system.ts'
import type { TableNames } from '../tables/table-names.ts'
import { changeTriggers, grantTriggers } from './change-triggers.ts'
import type { PostgresNotification } from './driver.ts'
import { type ListenClient, type PostgresListener, toListenClient } from './listen-client.ts'
import {
  checkBackend,
  type ListenEffect,
  type ListenEvent,
  type ListenState,
  transition,
} from './listen-state.ts'

/** One connection that listens for changes, until it fails or is closed. */
export interface ListenConnection {
  freshAsOf(): Milliseconds
  /** Sends a heartbeat, or fails the connection if an earlier one was missed. */
  requestHeartbeat(): void
  close(): Promise<void>
}

export interface ListenOptions extends SubscriptionOptions {
  readonly queries: ListenQueries
}

export interface ListenCallbacks {
  onHeartbeat(): void
  /** Called at most once, as the last callback. Not called after `close`. */
  onClosed(failure: ChannelFailure, error: unknown): void
}

/** Starts to listen. Returns immediately; failures are reported through `callbacks`. */
export function createListenConnection(
  connectionListener: PostgresListener,
  { listener, clock, leaseDuration, queries }: ListenOptions,
  callbacks: ListenCallbacks,
): ListenConnection {
  let state: ListenState = { status: 'connecting', startedAt: clock.now() }
  // Unique, also among connections that a pool shares between processes.
  const heartbeatChannel = `coatcheck_heartbeat_${Buffer.from(systemRandom.bytes(16)).toString('hex')}`
  const client = toListenClient(connectionListener, { onNotification, onConnectionLost })
  let triggers = ''
  /** What the driver reported last. */
  let lastError: unknown = null

  function dispatch(event: ListenEvent): void {
    const next = transition(state, event, leaseDuration)
    state = next.state
    next.effects.forEach(run)
  }

  function run(effect: ListenEffect): void {
    if (effect.type === 'report-reset') listener.onReset()
    else if (effect.type === 'send-heartbeat') void sendHeartbeat(effect.payload)
    else if (effect.type === 'report-heartbeat') {
      listener.onLatency(effect.latency)
      callbacks.onHeartbeat()
    } else {
      void closeClient(client)
      callbacks.onClosed(effect.failure, lastError)
    }
  }

  async function start(): Promise<void> {
    await client.connect()
    const [row] = await client.query({ text: queries.backendInfo })
    const check = checkBackend(row, client.processID)
    if (check.status === 'unusable') return dispatch({ type: 'failed', failure: check.failure })
    triggers = check.triggers
    await client.listen([check.changeChannel, heartbeatChannel])
    dispatch({ type: 'listening', at: clock.now() })
  }

  async function sendHeartbeat(payload: string): Promise<void> {
    try {
      const values = [heartbeatChannel, payload, triggers]
      const rows = await client.query({ text: queries.heartbeat, values })
      // Nothing was sent: the triggers changed, so notifications may be missing since the last one.
      if (rows.length === 0) return dispatch({ type: 'failed', failure: 'not-migrated' })
      dispatch({ type: 'heartbeat-sent', at: clock.now() })
    } catch (error) {
      onConnectionLost(error)
    }
  }

  function onNotification({ channel, payload = '' }: PostgresNotification): void {
    if (state.status === 'closed') return
    if (channel === heartbeatChannel) {
      dispatch({ type: 'heartbeat-received', payload, at: clock.now() })
    } else if (payload === '') listener.onReset()
    else listener.onChange(payload as SessionId)
  }

  function onConnectionLost(error: unknown = null): void {
    lastError = error
    dispatch({ type: 'failed', failure: 'connection-lost' })
  }

  start().catch(onConnectionLost)

  return {
    freshAsOf: () => (state.status === 'listening' ? state.freshAsOf : Number.NEGATIVE_INFINITY),
    requestHeartbeat: () => dispatch({ type: 'heartbeat-requested', at: clock.now() }),
    async close() {
      dispatch({ type: 'closed' })
      await closeClient(client)
    },
  }
}

/** The statements of connections that listen for changes of one set of tables. */
export interface ListenQueries {
  readonly backendInfo: string
  /** Sends a heartbeat only while the triggers are the same as when the connection started to listen. */
  readonly heartbeat: string
}

export function createListenQueries({ sessions, grants, prefix }: TableNames): ListenQueries {
  const table = `to_regclass('${sessions}')`
  const quote = (names: readonly string[]) => names.map((name) => `'${prefix}${name}'`).join(', ')
  // Changes when a trigger is dropped, created again, or disabled and enabled again. Null if one is missing.
  const fingerprint = `(
    SELECT string_agg(concat(oid, ':', xmin, ':', tgenabled), ' ' ORDER BY tgname)
    FROM pg_trigger
    WHERE tgenabled IN ('O', 'A') AND (
      (tgrelid = ${table} AND tgname IN (${quote(changeTriggers)})) OR
      (tgrelid = to_regclass('${grants}') AND tgname IN (${quote(grantTriggers)}))
    )
    HAVING count(*) = ${changeTriggers.length + grantTriggers.length}
  )`
  return {
    backendInfo: `
      SELECT pg_backend_pid()::text AS pid, ${table}::oid::text AS "tableId", ${fingerprint} AS triggers`,
    heartbeat: `SELECT pg_notify($1, $2) WHERE ${fingerprint} = $3`,
  }
}

/** Maximum time to wait for a client to close, in ms: a silent server does not answer. */
const closeTimeout: Milliseconds = 1_000

async function closeClient(client: ListenClient): Promise<void> {
  const { promise: timedOut, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, closeTimeout)
  try {
    await Promise.race([client.end(), timedOut])
  } catch {
    // The connection is closed, even if closing it failed.
  } finally {
    clearTimeout(timer)
  }
}
