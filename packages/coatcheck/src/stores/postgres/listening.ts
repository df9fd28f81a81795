import type { ChannelFailure } from '../../domain/events.ts'
import type { SessionId } from '../../domain/session.ts'
import { fieldOf } from '../../domain/stored-record.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type { SubscriptionTerms } from '../../ports/revocation-channel.ts'
import type { PostgresListenerClient, PostgresNotification } from './listener-client.ts'
import { changeChannel, changeTriggers } from './migrations.ts'
import { createOwnWords, type OwnWords } from './own-words.ts'

/** One connection that listens, from its making until it is lost. */
export interface Listening {
  provenAt(): Milliseconds
  /**
   * Sends a word to ourselves; gives the connection up where an earlier one is too long on its way.
   */
  beat(): void
  close(): Promise<void>
}

/** What becomes of a connection. */
export interface ListeningFate {
  onProof(): void
  /** Called once at most, and last. Not called after `close`. */
  onOver(why: ChannelFailure): void
}

/** How long a connection may take to be ready, in ms. */
const patience: Milliseconds = 10_000

/** Makes a client listen. Comes back at once; what goes wrong is told to `fate`. */
export function createListening(
  client: PostgresListenerClient,
  { listener, clock, leaseDuration }: SubscriptionTerms,
  fate: ListeningFate,
): Listening {
  const startedAt = clock.now()
  /** There once everything is heard. */
  let ownWords: OwnWords | null = null
  let ownChannel = ''
  let provenAt = Number.NEGATIVE_INFINITY
  let over = false

  function end(why: ChannelFailure): void {
    if (over) return
    void close()
    fate.onOver(why)
  }

  async function close(): Promise<void> {
    over = true
    provenAt = Number.NEGATIVE_INFINITY
    await endClient(client)
  }

  async function start(): Promise<void> {
    await client.connect()
    const { rows } = await client.query({ text: situationText })
    const pid = String(fieldOf(rows[0], 'pid'))
    const triggers = fieldOf(rows[0], 'triggers')
    if (typeof triggers !== 'string') return end('not-migrated')
    if (isPooled(client, pid)) return end('pooled-connection')
    ownChannel = `coatcheck_beat_${pid}`
    await client.query({ text: `LISTEN ${changeChannel}; LISTEN ${ownChannel}` })
    // What was read until now is from a time when nobody listened.
    listener.anyChanged()
    const send = (word: string) => notify([ownChannel, word, triggers])
    ownWords = createOwnWords({ clock, leaseDuration, send })
    ownWords.send()
  }

  async function notify(values: readonly [channel: string, word: string, triggers: string]) {
    try {
      const { rows } = await client.query({ text: beatText, values: [...values] })
      // No word was sent: a change may have gone untold since the one before.
      if (rows.length === 0) end('not-migrated')
    } catch {
      lose()
    }
  }

  function beat(): void {
    if (over) return
    const isLost = ownWords?.areLost() ?? clock.now() - startedAt >= patience
    if (isLost) end('silent')
    else ownWords?.send()
  }

  function hear({ channel, payload = '' }: PostgresNotification): void {
    if (over) return
    if (channel === ownChannel) hearOwn(payload)
    else if (payload === '') listener.anyChanged()
    else listener.changed(payload as SessionId)
  }

  function hearOwn(word: string): void {
    const sentAt = ownWords?.hear(word) ?? null
    if (sentAt === null) return
    provenAt = sentAt
    listener.delayed(clock.now() - sentAt)
    fate.onProof()
  }

  function lose(): void {
    end('connection-lost')
  }

  client.on('notification', hear)
  client.on('error', lose)
  client.on('end', lose)
  start().catch(lose)

  return { provenAt: () => provenAt, beat, close }
}

const triggerNames = changeTriggers.map((name) => `'${name}'`).join(', ')

/**
 * What tells of changes, as it is now: another text when a trigger was dropped, made anew, or
 * switched off and on again; none where one is missing.
 */
const triggersNow = `(
  SELECT string_agg(concat(oid, ':', xmin, ':', tgenabled), ' ' ORDER BY tgname)
  FROM pg_trigger
  WHERE tgrelid = to_regclass('sessions') AND tgenabled IN ('O', 'A') AND tgname IN (${triggerNames})
  HAVING count(*) = ${changeTriggers.length}
)`

const situationText = `SELECT pg_backend_pid() AS pid, ${triggersNow} AS triggers`

/**
 * The word to ourselves: only while everything tells of changes as it did when we began to listen.
 */
const beatText = `SELECT pg_notify($1, $2) WHERE ${triggersNow} = $3`

/** A pooler gives its clients process numbers of its own making. */
function isPooled({ processID }: PostgresListenerClient, pid: string): boolean {
  return typeof processID === 'number' && String(processID) !== pid
}

/** How long the end of a connection is waited for, in ms: one that is silent says no goodbye. */
const farewell: Milliseconds = 1_000

async function endClient(client: PostgresListenerClient): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, farewell)
  try {
    await Promise.race([client.end(), late])
  } catch {
    // It is over either way.
  } finally {
    clearTimeout(timer)
  }
}
