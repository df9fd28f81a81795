import type { ChannelFailure } from '../../domain/events.ts'
import type { SessionId } from '../../domain/session.ts'
import { getField } from '../../domain/stored-record.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type { SubscriptionOptions } from '../../ports/revocation-channel.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import type { PostgresListenerClient, PostgresNotification } from './listener-client.ts'
import { changeChannel, changeTriggers } from './migrations.ts'

/** One connection that listens, from its making until it is lost. */
export interface ListenConnection {
  freshAsOf(): Milliseconds
  /**
   * Sends a word to ourselves; gives the connection up where an earlier one is too long on its way.
   */
  sendHeartbeat(): void
  close(): Promise<void>
}

/** What becomes of a connection. */
export interface ListenCallbacks {
  onHeartbeat(): void
  /** Called once at most, and last. Not called after `close`. */
  onClosed(failure: ChannelFailure): void
}

/** How long a connection may take to be ready, in ms. */
const connectTimeout: Milliseconds = 10_000

/** Makes a client listen. Comes back at once; what goes wrong is told to `fate`. */
export function createListenConnection(
  client: PostgresListenerClient,
  { listener, clock, leaseDuration }: SubscriptionOptions,
  callbacks: ListenCallbacks,
): ListenConnection {
  const startedAt = clock.now()
  /** There once everything is heard. */
  let heartbeat: Heartbeat | null = null
  let heartbeatChannel = ''
  let freshAsOf = Number.NEGATIVE_INFINITY
  let isClosed = false

  function fail(failure: ChannelFailure): void {
    if (isClosed) return
    void close()
    callbacks.onClosed(failure)
  }

  async function close(): Promise<void> {
    isClosed = true
    freshAsOf = Number.NEGATIVE_INFINITY
    await closeClient(client)
  }

  async function start(): Promise<void> {
    await client.connect()
    const { rows } = await client.query({ text: backendInfoQuery })
    const pid = String(getField(rows[0], 'pid'))
    const triggers = getField(rows[0], 'triggers')
    if (typeof triggers !== 'string') return fail('not-migrated')
    if (isPooled(client, pid)) return fail('pooled-connection')
    heartbeatChannel = `coatcheck_heartbeat_${pid}`
    await client.query({ text: `LISTEN ${changeChannel}; LISTEN ${heartbeatChannel}` })
    // What was read until now is from a time when nobody listened.
    listener.onReset()
    const send = (payload: string) => sendNotification([heartbeatChannel, payload, triggers])
    heartbeat = createHeartbeat({ clock, leaseDuration, send })
    heartbeat.send()
  }

  async function sendNotification(
    values: readonly [channel: string, payload: string, triggers: string],
  ) {
    try {
      const { rows } = await client.query({ text: heartbeatQuery, values: [...values] })
      // No word was sent: a change may have gone untold since the one before.
      if (rows.length === 0) fail('not-migrated')
    } catch {
      onConnectionLost()
    }
  }

  function sendHeartbeat(): void {
    if (isClosed) return
    const isSilent = heartbeat?.isMissed() ?? clock.now() - startedAt >= connectTimeout
    if (isSilent) fail('silent')
    else heartbeat?.send()
  }

  function onNotification({ channel, payload = '' }: PostgresNotification): void {
    if (isClosed) return
    if (channel === heartbeatChannel) onHeartbeatNotification(payload)
    else if (payload === '') listener.onReset()
    else listener.onChange(payload as SessionId)
  }

  function onHeartbeatNotification(payload: string): void {
    const sentAt = heartbeat?.receive(payload) ?? null
    if (sentAt === null) return
    freshAsOf = sentAt
    listener.onLatency(clock.now() - sentAt)
    callbacks.onHeartbeat()
  }

  function onConnectionLost(): void {
    fail('connection-lost')
  }

  client.on('notification', onNotification)
  client.on('error', onConnectionLost)
  client.on('end', onConnectionLost)
  start().catch(onConnectionLost)

  return { freshAsOf: () => freshAsOf, sendHeartbeat, close }
}

const triggerNames = changeTriggers.map((name) => `'${name}'`).join(', ')

/**
 * What tells of changes, as it is now: another text when a trigger was dropped, made anew, or
 * switched off and on again; none where one is missing.
 */
const triggerFingerprint = `(
  SELECT string_agg(concat(oid, ':', xmin, ':', tgenabled), ' ' ORDER BY tgname)
  FROM pg_trigger
  WHERE tgrelid = to_regclass('sessions') AND tgenabled IN ('O', 'A') AND tgname IN (${triggerNames})
  HAVING count(*) = ${changeTriggers.length}
)`

const backendInfoQuery = `SELECT pg_backend_pid() AS pid, ${triggerFingerprint} AS triggers`

/**
 * The word to ourselves: only while everything tells of changes as it did when we began to listen.
 */
const heartbeatQuery = `SELECT pg_notify($1, $2) WHERE ${triggerFingerprint} = $3`

/** A pooler gives its clients process numbers of its own making. */
function isPooled({ processID }: PostgresListenerClient, pid: string): boolean {
  return typeof processID === 'number' && String(processID) !== pid
}

/** How long the end of a connection is waited for, in ms: one that is silent says no goodbye. */
const closeTimeout: Milliseconds = 1_000

async function closeClient(client: PostgresListenerClient): Promise<void> {
  const { promise: timedOut, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, closeTimeout)
  try {
    await Promise.race([client.end(), timedOut])
  } catch {
    // It is over either way.
  } finally {
    clearTimeout(timer)
  }
}
