import { sql } from 'kysely'
import type { SecurityEventRepository } from '../../application/ports/security-event-repository.ts'
import type { ChainWriter } from '../../domain/chain-writer.ts'
import {
  type EventEntry,
  entryHashOf,
  type Sha256,
  type StoredSecurityEvent,
} from '../../domain/security-chain.ts'
import type { SecurityEvent } from '../../domain/security-event.ts'
import type { ChangeChain } from './chain-transaction.ts'
import type { Database } from './database.ts'

interface NewEvents {
  /** Numbers of the events to add, separated by spaces; `null` if there are none. */
  readonly numbers: string | null
}

export function createAppendSecurityEvents(
  { dialect }: Database,
  changeChain: ChangeChain,
): SecurityEventRepository['add'] {
  return async function appendSecurityEvents(events, chain) {
    if (events.length === 0) return { condition: 'continued', changed: false }
    const batch = distinct(events)
    // Under the lock of the chain: an event that exists was added before, and no other call can add it meanwhile.
    const rows = sql<NewEvents>`
      SELECT ${dialect.joinText(sql`CAST(number AS TEXT)`)} AS numbers FROM (
        SELECT input.number FROM ${dialect.eventKeysTable(batch)}
        JOIN users ON users.id = input.user_id
        WHERE NOT EXISTS (SELECT 1 FROM security_events AS known WHERE known.id = input.id)
        ${dialect.lockForShare('users')}
      ) AS added`

    function plan([row]: readonly NewEvents[], writer: ChainWriter) {
      const numbers = row?.numbers ?? null
      if (numbers === null) return null
      const added = new Set(numbers.split(' ').map(Number))
      const entries = batch
        .filter((_, number) => added.has(number))
        .map((event) => toEntry(chain.keys.sha256, writer, event))
      return { statements: [insertEvents(dialect, entries)] }
    }

    return changeChain({ rows, plan }, chain)
  }
}

function insertEvents(dialect: Database['dialect'], entries: readonly EventEntry[]) {
  return sql`
    INSERT INTO security_events (${columns})
    SELECT ${inputColumns} FROM ${dialect.securityEventsTable(entries)}`
}

function toEntry(sha256: Sha256, writer: ChainWriter, event: StoredSecurityEvent): EventEntry {
  const place = { position: 0, hash: '' }
  const entryHash = entryHashOf(sha256, { type: 'event', event, ...place })
  return { type: 'event', event, ...writer.add(entryHash) }
}

/** The first event of each id, as the database stores it. */
function distinct(events: readonly SecurityEvent[]): readonly StoredSecurityEvent[] {
  const byId = new Map<string, StoredSecurityEvent>()
  for (const event of events) {
    if (!byId.has(event.id)) byId.set(event.id, toStored(event))
  }
  return [...byId.values()]
}

/**
 * A lone surrogate has no UTF-8: SQLite would store another character than was hashed, and PostgreSQL rejects the batch.
 * It rejects a null character, too, which a move to PostgreSQL would replace.
 */
function toStored({ userAgent, detail, ...rest }: SecurityEvent): StoredSecurityEvent {
  return {
    ...rest,
    userAgent: storable(userAgent),
    detail: storable(detail),
  }
}

function storable(text: string | null): string | null {
  return text?.toWellFormed().replaceAll('\0', '\u{fffd}') ?? null
}

const columnNames = [
  'id',
  'user_id',
  'at',
  'kind',
  'outcome',
  'session_id',
  'ip_address',
  'user_agent',
  'detail',
  'chain_position',
  'chain_hash',
] as const

const columns = sql.join(columnNames.map((name) => sql.ref(name)))
const inputColumns = sql.join(columnNames.map((name) => sql.ref(`input.${name}`)))
